import { decimal, usTime } from '@fillwright/domain';
import type { Log, Metrics } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { Audit } from '../../src/recovery/audit.ts';
import { StreamSilence } from '../../src/recovery/stream-silence.ts';
import { settle, TestClock, World } from '../_world.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;
const ID = 'q1tkr3x01';

describe('a private stream that is silent', () => {
  function alarm() {
    const clock = new TestClock();
    const reasons: string[] = [];
    let count = 0;
    const metrics = { counter: () => ({ add: () => (count += 1) }) } as unknown as Metrics;
    const silence = new StreamSilence({ clock, log: silent, metrics }, (reason) => reasons.push(reason));
    return { clock, reasons, silence, count: () => count };
  }

  it('is replaced at the second event within a minute that only a comparison found', async () => {
    const { clock, reasons, silence, count } = alarm();
    silence.missed(ID, 8_000);
    expect(reasons).toEqual([]);
    await clock.advance(59_000);
    silence.missed(ID, 8_000);
    expect(reasons).toEqual(['the private stream did not tell 2 events within 60 s']);
    silence.missed(ID, 8_000);
    expect(reasons.length).toBe(1);
    expect(count()).toBe(3);
  });

  it('is not what single lost frames are', async () => {
    const { clock, reasons, silence } = alarm();
    for (let i = 0; i < 5; i += 1) {
      silence.missed(ID, 8_000);
      await clock.advance(60_000);
    }
    expect(reasons).toEqual([]);
  });
});

describe('the audit', () => {
  async function audited(change: Parameters<World['report']>[1], isListed = true) {
    const world = new World();
    const missed: string[] = [];
    const audit = new Audit(world.context, world.reports, {
      inSync: () => world.streamUp,
      isHunting: () => false,
      markOf: () => undefined,
      onMissing: () => undefined,
      onStreamMissed: (id, lateMs) => missed.push(`${id} ${lateMs}`),
    });
    await world.open(ID);
    audit.start();
    await world.clock.advance(10_000);
    const report = world.report(ID, { source: 'query', venueTs: usTime(world.clock.wallUs() - 6_000_000), ...change });
    await world.answer('openOrders', isListed ? [report] : []);
    await world.answer('openAlgoOrders', []);
    await settle();
    if (!isListed) await world.answer('lookUpOrder', report);
    audit.stop();
    return missed;
  }

  it('tells of a fill or an end that the stream should have told seconds ago', async () => {
    expect(await audited({ phase: 'partially-filled', filledQty: decimal('0.4') })).toEqual([`${ID} 6000`]);
    expect(await audited({ phase: 'canceled' }, false)).toEqual([`${ID} 6000`]);
  });

  it('says nothing of what is as it was, or so young that it may be on its way', async () => {
    expect(await audited({})).toEqual([]);
    expect(await audited({ phase: 'canceled', venueTs: usTime(1_795_000_009_000_000) }, false)).toEqual([]);
  });
});
