/** Identifiers that must not mix, each made only by its parser, and the composition of client order ids. */

declare const brand: unique symbol;
type Brand<T, N extends string> = T & { readonly [brand]: N };

/** Chosen by us before anything is sent; `[0-9A-Za-z]`, at most 32 characters; the only key that survives a lost answer. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;
/** Given by the venue; 64-bit numbers stay strings. */
export type VenueOrderId = Brand<string, 'VenueOrderId'>;
/** Given by the venue; on Binance both halves of a self-trade carry the same one. */
export type TradeId = Brand<string, 'TradeId'>;
/** `BTCUSDT-PERP.BINANCE`, `BTCUSDT.BINANCE`. */
export type InstrumentId = Brand<string, 'InstrumentId'>;
/** The configured name of an account, e.g. `main`; part of topics, directories and locks. */
export type AccountId = Brand<string, 'AccountId'>;
/** Two to four characters that mark who made an order. */
export type OwnerTag = Brand<string, 'OwnerTag'>;

function parser<T extends string>(what: string, pattern: RegExp) {
  return (text: string): T => {
    if (!pattern.test(text)) throw new RangeError(`not ${what}: ${JSON.stringify(text.slice(0, 80))} (expected ${pattern.source})`);
    return text as T;
  };
}

/** @throws RangeError on any other characters or a wrong length. */
export const parseClientOrderId = parser<ClientOrderId>('a client order id', /^[0-9A-Za-z]{1,32}$/);
export const parseVenueOrderId = parser<VenueOrderId>('a venue order id', /^[0-9A-Za-z:_-]{1,64}$/);
export const parseTradeId = parser<TradeId>('a trade id', /^[0-9A-Za-z:_-]{1,64}$/);
export const parseInstrumentId = parser<InstrumentId>('an instrument id', /^[^\s.]{1,40}\.[A-Z0-9_]{2,20}$/);
export const parseAccountId = parser<AccountId>('an account id', /^[a-z0-9][a-z0-9_-]{0,30}$/);
export const parseOwnerTag = parser<OwnerTag>('an owner tag', /^[0-9A-Za-z]{2,4}$/);

/** Widths are fixed so that an id says who made it without a separator: tag, 6 characters of epoch, then the counter. */
const EPOCH_WIDTH = 6;

/**
 * `tag + epoch (base 36, 6 characters) + counter (base 36)`, e.g. `q1` + `tkr3x0` + `1a`.
 * Unique over restarts because the epoch rises with each start.
 * @throws RangeError when the result would be longer than 32 characters or the epoch does not fit.
 */
export function composeClientOrderId(tag: OwnerTag, epoch: number, counter: number): ClientOrderId {
  const epochText = epoch.toString(36).padStart(EPOCH_WIDTH, '0');
  if (epochText.length !== EPOCH_WIDTH) throw new RangeError(`epoch ${epoch} does not fit ${EPOCH_WIDTH} base-36 digits`);
  return parseClientOrderId(`${tag}${epochText}${counter.toString(36)}`);
}

/** Whether `id` was composed with `tag`. A longer tag that starts with this one is told apart by the roster of tags, see `ownerOf`. */
export function hasTag(id: string, tag: OwnerTag): boolean {
  return id.length > tag.length + EPOCH_WIDTH && id.startsWith(tag);
}
