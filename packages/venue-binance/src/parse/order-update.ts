/** ORDER_TRADE_UPDATE: an order changed, perhaps by a trade. The hottest parser of the house. */
import type { ClientOrderId, Decimal, Fill, TradeId, VenueOrderId } from '@fillwright/domain';
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
  const terms = readTerms(fields, ORDER_UPDATE_NAMES);
  const clientOrderId = fields.textOrEmpty('c');
  const venueOrderId = fields.id('i') as VenueOrderId;
  const filledQty = fields.decimal('z');
  const status = fields.word('X', STATUS_WORDS);
  const change = fields.wordOr('x', CHANGE_WORDS, undefined);
  const averagePrice = fields.positiveOrNone('ap');
  const venueMade = venueMadeBy(clientOrderId, fields.textOrEmpty('X'), fields.textOrEmpty('o'));
  const fill = readFill(fields, { clientOrderId, venueOrderId, instrument: terms.instrument, feeAssetOf });
  const ended = status === 'expired' || status === 'canceled' || status === 'rejected';
  const reason = ended ? expiryReason(fields.textOrEmpty('er'), fields.textOrEmpty('X')) : undefined;
  return {
    clientOrderId,
    venueOrderId,
    terms,
    phase: status === 'by-quantity' ? phaseByQuantity(filledQty.gte(terms.qty), filledQty.gt(0)) : status,
    filledQty,
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...(reason === undefined ? {} : { reason }),
    venueTs: envelope.has('T') ? envelope.time('T') : envelope.time('E'),
    source: 'stream',
    ...(change === undefined ? {} : { change }),
    ...(fill === undefined ? {} : { fill }),
    ...(venueMade === undefined ? {} : { venueMade }),
  };
}

interface FillContext {
  readonly clientOrderId: string;
  readonly venueOrderId: VenueOrderId;
  readonly instrument: Fill['instrument'];
  readonly feeAssetOf: FeeAssetOf;
}

/** `undefined` when this report carries no trade that can be booked: its cumulative quantity then shows what is missing. */
function readFill(fields: Fields, context: FillContext): Fill | undefined {
  if (!TRADING.includes(fields.textOrEmpty('x'))) return undefined;
  const qty = fields.decimal('l');
  const tradeId = fields.idOrNone('t');
  if (tradeId === undefined || !qty.gt(0)) return undefined;
  const price: Decimal = fields.decimal('L');
  if (!price.gt(0)) fields.reject(`trade ${tradeId} of ${qty} has no price`);
  const profit = fields.has('rp') ? fields.decimal('rp') : undefined;
  const maker = fields.raw('m');
  return {
    instrument: context.instrument,
    tradeId: tradeId as TradeId,
    venueOrderId: context.venueOrderId,
    ...(OUR_CLIENT_ID.test(context.clientOrderId) ? { clientOrderId: context.clientOrderId as ClientOrderId } : {}),
    side: fields.word('S', SIDE_WORDS),
    qty,
    price,
    liquidity: maker === true ? 'maker' : maker === false ? 'taker' : 'unknown',
    fee: fields.decimalOrZero('n'),
    feeAsset: fields.textOrEmpty('N') || context.feeAssetOf(fields.textOrEmpty('s')),
    ...(profit === undefined ? {} : { venueRealisedPnl: profit }),
    venueTs: fields.time('T'),
  };
}

/** A liquidation report about nothing: it must make neither an order nor a trade. */
function isEmptyVenueOrder(report: OrderReport): boolean {
  return report.venueMade !== undefined && report.terms.qty.isZero() && report.filledQty.isZero();
}

function emptyOrderNotice(report: OrderReport): VenueEvent {
  const text = `the venue reports an empty ${report.venueMade} order ${report.clientOrderId} on ${report.terms.instrument}`;
  return { type: 'notice', code: 'EMPTY_VENUE_ORDER', text, venueTs: report.venueTs };
}
