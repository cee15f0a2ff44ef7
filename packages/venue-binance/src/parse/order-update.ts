/** ORDER_TRADE_UPDATE: an order changed, perhaps by a trade. The hottest parser of the house. */
import { type ClientOrderId, type Decimal, type Fill, type TradeId, type VenueOrderId, ZERO } from '@fillwright/domain';
import type { OrderReport, VenueEvent } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import type { Parsed } from '../common/parsed.ts';
import { expiryReason } from './expiry-reason.ts';
import { phaseByQuantity } from './order.ts';
import { ORDER_UPDATE_NAMES, readTerms } from './order-terms.ts';
import { SIDE_WORDS, STATUS_WORDS } from './order-words.ts';
import { venueMadeBy } from './venue-made.ts';

/** Unknown execution types are no error: the status says where the order stands. */
const CHANGE_WORDS: Readonly<Record<string, OrderReport['change']>> = {
  NEW: 'new',
  TRADE: 'trade',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  AMENDMENT: 'amended',
  CALCULATED: 'liquidation',
};
/** Only these carry a trade: after a self-trade prevention the last quantity is set although nothing was traded. */
const TRADING = ['TRADE', 'CALCULATED'];
const OUR_CLIENT_ID = /^[0-9A-Za-z]{1,32}$/;

/** What each report is asked for. */
type RawUpdate = Partial<Readonly<Record<RawName, unknown>>>;
type RawName =
  | 'c'
  | 'cp'
  | 'f'
  | 'i'
  | 'l'
  | 'L'
  | 'm'
  | 'n'
  | 'N'
  | 'o'
  | 'p'
  | 'q'
  | 'R'
  | 'rp'
  | 's'
  | 'S'
  | 't'
  | 'T'
  | 'x'
  | 'X'
  | 'z'
  | 'ap';
type Building<T> = { -readonly [K in keyof T]: T[K] };

/** What a trade without commission is charged in: nothing, so any asset of the symbol will do. */
export type FeeAssetOf = (symbol: string) => string;

export function parseOrderUpdate(raw: unknown, feeAssetOf: FeeAssetOf): Parsed<readonly VenueEvent[]> {
  const envelope = new Fields(raw, 'ORDER_TRADE_UPDATE');
  const fields = new Fields(envelope.raw('o'), 'ORDER_TRADE_UPDATE');
  const report = readReport(envelope, fields, feeAssetOf);
  if (envelope.problem !== undefined) fields.reject(envelope.problem);
  if (isEmptyVenueOrder(report)) return fields.result([emptyOrderNotice(report)]);
  return fields.result([{ type: 'order' as const, report }]);
}

function readReport(envelope: Fields, fields: Fields, feeAssetOf: FeeAssetOf): OrderReport {
  const raw: RawUpdate = fields.members;
  const terms = readTerms(fields, ORDER_UPDATE_NAMES, {
    symbol: raw.s,
    side: raw.S,
    type: raw.o,
    timeInForce: raw.f,
    qty: raw.q,
    price: raw.p,
    reduceOnly: raw.R,
    closePosition: raw.cp,
  });
  const { T: time }: { readonly T?: unknown } = envelope.members;
  const clientOrderId = fields.textOrEmpty('c', raw.c);
  const venueOrderId = fields.id('i', raw.i) as VenueOrderId;
  const filledQty = fields.decimal('z', raw.z);
  const status = fields.word('X', STATUS_WORDS, raw.X);
  const change = fields.wordOr('x', CHANGE_WORDS, undefined, raw.x);
  const averagePrice = fields.positiveOrNone('ap', raw.ap);
  const venueMade = venueMadeBy(clientOrderId, fields.textOrEmpty('X', raw.X), fields.textOrEmpty('o', raw.o));
  const fill = readFill(fields, raw, { clientOrderId, venueOrderId, instrument: terms.instrument, feeAssetOf });
  const report: Building<OrderReport> = {
    clientOrderId,
    venueOrderId,
    terms,
    phase: status === 'by-quantity' ? phaseByQuantity(filledQty.gte(terms.qty), filledQty.gt(ZERO)) : status,
    filledQty,
    venueTs: envelope.has('T', time) ? envelope.time('T', time) : envelope.time('E'),
    source: 'stream',
  };
  if (averagePrice !== undefined) report.averagePrice = averagePrice;
  const ended = status === 'expired' || status === 'canceled' || status === 'rejected';
  const reason = ended ? expiryReason(fields.textOrEmpty('er'), fields.textOrEmpty('X')) : undefined;
  if (reason !== undefined) report.reason = reason;
  if (change !== undefined) report.change = change;
  if (fill !== undefined) report.fill = fill;
  if (venueMade !== undefined) report.venueMade = venueMade;
  return report;
}

interface FillContext {
  readonly clientOrderId: string;
  readonly venueOrderId: VenueOrderId;
  readonly instrument: Fill['instrument'];
  readonly feeAssetOf: FeeAssetOf;
}

/** `undefined` when this report carries no trade that can be booked: its cumulative quantity then shows what is missing. */
function readFill(fields: Fields, raw: RawUpdate, context: FillContext): Fill | undefined {
  if (!TRADING.includes(fields.textOrEmpty('x', raw.x))) return undefined;
  const qty = fields.decimal('l', raw.l);
  const tradeId = fields.idOrNone('t', raw.t);
  if (tradeId === undefined || !qty.gt(ZERO)) return undefined;
  const price: Decimal = fields.decimal('L', raw.L);
  if (!price.gt(ZERO)) fields.reject(`trade ${tradeId} of ${qty} has no price`);
  const maker = raw.m;
  const fill: Building<Fill> = {
    instrument: context.instrument,
    tradeId: tradeId as TradeId,
    venueOrderId: context.venueOrderId,
    side: fields.word('S', SIDE_WORDS, raw.S),
    qty,
    price,
    liquidity: maker === true ? 'maker' : maker === false ? 'taker' : 'unknown',
    fee: fields.decimalOrZero('n', raw.n),
    feeAsset: fields.textOrEmpty('N', raw.N) || context.feeAssetOf(fields.textOrEmpty('s', raw.s)),
    venueTs: fields.time('T', raw.T),
  };
  if (OUR_CLIENT_ID.test(context.clientOrderId)) fill.clientOrderId = context.clientOrderId as ClientOrderId;
  if (fields.has('rp', raw.rp)) fill.venueRealisedPnl = fields.decimal('rp', raw.rp);
  return fill;
}

/** A liquidation report about nothing: it must make neither an order nor a trade. */
function isEmptyVenueOrder(report: OrderReport): boolean {
  return report.venueMade !== undefined && report.terms.qty.isZero() && report.filledQty.isZero();
}

function emptyOrderNotice(report: OrderReport): VenueEvent {
  const text = `the venue reports an empty ${report.venueMade} order ${report.clientOrderId} on ${report.terms.instrument}`;
  return { type: 'notice', code: 'EMPTY_VENUE_ORDER', text, venueTs: report.venueTs };
}
