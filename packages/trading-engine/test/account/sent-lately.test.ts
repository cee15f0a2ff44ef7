import { usTime } from '@fillwright/domain';
import type { Journal } from '@fillwright/runtime';
import { expect, it } from '@jest/globals';
import type { JournalRecord } from '../../src/account/record.ts';
import { encodeRecord } from '../../src/account/record-codec.ts';
import { sentLately } from '../../src/account/sent-lately.ts';
import { World } from '../_world.ts';

function journalOf(records: readonly JournalRecord[]): Journal {
  const rows = records.map((record, index) => ({ pos: index + 1, payload: encodeRecord(record) }));
  return { firstPos: 1, lastPos: rows.length, read: (fromPos: number) => rows.slice(fromPos - 1).values() } as unknown as Journal;
}

it('finds the orders and changes that were written, not the cancels, and not those before', async () => {
  const world = new World();
  await world.open('q1a');
  await world.clock.advance(10_000);
  const sinceTs = usTime(world.clock.wallUs());
  await world.open('q1b');
  world.modify('q1b', { price: '99' });
  world.cancel('q1a');
  const sendings = world.recordsOf('order').filter(({ change }) => change.change === 'sending' || change.change === 'request-sending');
  expect(sendings).toHaveLength(4);

  expect(sentLately(journalOf(world.records), sinceTs)).toEqual([sendings[1]?.ts, sendings[2]?.ts]);
});
