/** ALGO_UPDATE: a conditional order was made, fired, ended or was refused when it fired. */
import type { VenueOrderId } from '@fillwright/domain';
import type { OrderReport, VenueEvent } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import type { Parsed } from '../common/parsed.ts';
import { algoPhase, algoReason } from './algo-order.ts';
import { ALGO_UPDATE_NAMES, readTerms } from './order-terms.ts';
import { ALGO_STATUS_WORDS } from './order-words.ts';

/** TRIGGERING and FINISHED are no change of their own: the first is a blink, the second is told by the order that was fired. */
const CHANGE_WORDS: Readonly<Record<string, OrderReport['change']>> = { NEW: 'new', CANCELED: 'canceled', EXPIRED: 'expired' };

export function parseAlgoUpdate(raw: unknown): Parsed<readonly VenueEvent[]> {
  const envelope = new Fields(raw, 'ALGO_UPDATE');
  const fields = new Fields(envelope.raw('o'), 'ALGO_UPDATE');
  const status = fields.word('X', ALGO_STATUS_WORDS);
  const childId = fields.idOrNone('ai') as VenueOrderId | undefined;
  const change = fields.wordOr('X', CHANGE_WORDS, undefined);
  const averagePrice = fields.positiveOrNone('ap');
  const report: OrderReport = {
    clientOrderId: fields.textOrEmpty('caid'),
    algoId: fields.id('aid') as VenueOrderId,
    ...(childId === undefined ? {} : { venueOrderId: childId }),
    terms: readTerms(fields, ALGO_UPDATE_NAMES),
    phase: algoPhase(status, childId !== undefined),
    filledQty: fields.decimalOrZero('aq'),
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...algoReason(status, childId !== undefined, fields.textOrEmpty('rm')),
    venueTs: envelope.has('T') ? envelope.time('T') : envelope.time('E'),
    source: 'stream',
    ...(change === undefined ? {} : { change }),
  };
  if (envelope.problem !== undefined) fields.reject(envelope.problem);
  return fields.result([{ type: 'order' as const, report }]);
}
