/**
 * Orders and changes that were written to the venue before a restart, as the journal tells: the venue still counts them against its limits,
 * whoever we are now.
 */
import type { UsTime } from '@fillwright/domain';
import type { Journal } from '@fillwright/runtime';
import { decodeRecord } from './record-codec.ts';

/** A minute at twenty orders a second, with all that is journaled about each; a tenth of a second of reading. */
const RECORDS = 10_000;

/** When each of them was written, if that was not before `sinceTs`. */
export function sentLately(journal: Journal, sinceTs: number): readonly UsTime[] {
  const sent: UsTime[] = [];
  const fromPos = Math.max(journal.firstPos, journal.lastPos - RECORDS + 1);
  for (const { payload } of journal.read(fromPos)) {
    const record = decodeRecord(payload);
    if (record.k !== 'order' || record.ts < sinceTs) continue;
    const { change, order } = record.change;
    if (change === 'sending' || (change === 'request-sending' && order.request?.type === 'modify')) sent.push(record.ts);
  }
  return sent;
}
