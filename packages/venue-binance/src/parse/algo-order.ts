/** Conditional orders as the Algo service shows them over REST. */
import type { VenueOrderId } from '@fillwright/domain';
import type { OrderReport, VenueOrderPhase } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import { describe, malformed, type Parsed, parsed } from '../common/parsed.ts';
import { ALGO_ORDER_NAMES, readTerms } from './order-terms.ts';
import { ALGO_STATUS_WORDS } from './order-words.ts';

export function parseAlgoOrder(raw: unknown, source: 'answer' | 'query'): Parsed<OrderReport> {
  const record = parseAlgoRecord(raw, source);
  return record.type === 'malformed' ? record : parsed(record.value.report);
}

/** `isFinished`: the order it fired has ended, whatever became of it. */
export interface AlgoRecord {
  readonly report: OrderReport;
  readonly isFinished: boolean;
}

export function parseAlgoRecord(raw: unknown, source: 'answer' | 'query'): Parsed<AlgoRecord> {
  const fields = new Fields(raw, 'algo order');
  // Some answers say `type` where others say `orderType`.
  const names = fields.has('orderType') ? ALGO_ORDER_NAMES : { ...ALGO_ORDER_NAMES, type: 'type' };
  const childId = fields.idOrNone('actualOrderId') as VenueOrderId | undefined;
  const status = fields.word('algoStatus', ALGO_STATUS_WORDS);
  const averagePrice = fields.positiveOrNone('actualPrice');
  const report: OrderReport = {
    clientOrderId: fields.textOrEmpty('clientAlgoId'),
    algoId: fields.id('algoId') as VenueOrderId,
    ...(childId === undefined ? {} : { venueOrderId: childId }),
    terms: readTerms(fields, names),
    phase: algoPhase(status, childId !== undefined),
    filledQty: fields.decimalOrZero('actualQty'),
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...algoReason(status, childId !== undefined, ''),
    venueTs: fields.time('updateTime'),
    source,
  };
  return fields.result({ report, isFinished: status === 'finished' });
}

export type AlgoStatus = (typeof ALGO_STATUS_WORDS)[keyof typeof ALGO_STATUS_WORDS];

/** FINISHED says that the order it fired has ended, not how: the fired order tells. Without one there was nothing to do. */
export function algoPhase(status: AlgoStatus, hasChild: boolean): VenueOrderPhase {
  if (status !== 'finished') return status;
  return hasChild ? 'triggered' : 'expired';
}

/** Why an order of the Algo service ended without firing; `text` is the venue's. */
export function algoReason(status: AlgoStatus, hasChild: boolean, text: string): Pick<OrderReport, 'reason'> {
  switch (status) {
    case 'canceled':
      return { reason: { code: 'CANCELED', text: text || 'cancelled before it fired' } };
    case 'rejected':
      return { reason: { code: 'TRIGGER_REJECTED', text: text || 'the order it fired was refused' } };
    case 'expired':
      return { reason: { code: 'EXPIRED', text: text || 'expired before it fired' } };
    case 'finished':
      return hasChild ? {} : { reason: { code: 'NOTHING_TO_DO', text: text || 'fired without making an order' } };
    default:
      return {};
  }
}

/** `{"code":"200","msg":"success"}`; the code comes as text or number. */
export function parseAlgoCancel(raw: unknown): Parsed<undefined> {
  const code = (raw as { readonly code?: unknown } | null)?.code;
  return String(code) === '200' ? parsed(undefined) : malformed(`algo cancel: expected code 200, got ${describe(raw)}`);
}
