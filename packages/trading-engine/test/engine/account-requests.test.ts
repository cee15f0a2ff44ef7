import { decimal, usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { Desk } from './_desk.ts';

const WHO = { who: 'me', why: 'test' };

describe('a full pass on demand', () => {
  it('is answered with its figures and published', async () => {
    const desk = new Desk();
    await desk.ready();
    await desk.place('q1a');

    const reply = await desk.ask('service.reconcile', WHO);

    expect(reply).toMatchObject({ type: 'service.reconciliation', data: { verdict: 'agrees', why: 'me: test', engine: { orders: 1 } } });
    expect(desk.of('engine.reconciliation').at(-1)?.data).toEqual(reply.data);
  });

  it('that finds a difference opens nothing more until the recovery it starts has settled it', async () => {
    const desk = new Desk();
    await desk.ready();
    // The venue's position moves and its stream says nothing.
    desk.venue.positions = [
      { instrument: 'BTCUSDT-PERP.BINANCE' as never, qty: decimal('3'), entryPrice: decimal('1'), venueTs: usTime(1) },
    ];
    await desk.ask('service.reconcile', WHO).catch(() => undefined);
    await desk.run(5_000);

    expect(desk.of('engine.reconciliation').at(-1)?.data).toMatchObject({
      verdict: 'differs',
      firstDifference: 'position BTCUSDT-PERP.BINANCE: engine nothing, venue 3',
    });
    expect(desk.running().health().reasons.join()).toMatch(/engine nothing, venue 3|not in sync/);
    await desk.place('q1a');
    expect(desk.verdicts('q1a')[0]).toMatch(/^denied (SYNCING|POSITIONS_IN_DOUBT|BOOKS_DIFFER)$/);

    await desk.run(30_000);
    expect(desk.of('engine.reconciliation').at(-1)?.data.verdict).toBe('agrees');
    await desk.place('q1b');
    expect(desk.verdicts('q1b')).toEqual(['accepted']);
  });
});

describe('retire-consumer', () => {
  const retire = (desk: Desk, consumer: string) => desk.ask('service.retire-consumer', { consumer, ...WHO });

  it('forgets one that is silent, stands in the journal, and holds over a restart', async () => {
    const desk = new Desk();
    await desk.ready();
    await desk.ask('service.acknowledge', { consumer: 'old', pos: 1 });
    await desk.ask('service.acknowledge', { consumer: 'other', pos: 1 });
    await desk.run(60_000);

    const reply = await retire(desk, 'old');

    expect(reply).toMatchObject({
      type: 'service.ok',
      data: { text: expect.stringMatching(/^old is forgotten: it had stored up to position 1/) },
    });
    expect(desk.running().health().facts?.acknowledged).toEqual({ other: 1 });
    desk.engine.kill();
    const disk = desk.world.machine('desk').disk('engine');
    expect(disk.paths.some((path) => path.startsWith('journal/'))).toBe(true);
    desk.engine.restart();
    await desk.ready();
    expect(desk.running().health().facts?.acknowledged).toEqual({ other: 1 });
    expect(journalText(desk)).toContain('retire-consumer old at 1: test');
  });

  it('refuses one that was heard just now', async () => {
    const desk = new Desk();
    await desk.ready();
    await desk.ask('service.acknowledge', { consumer: 'old', pos: 1 });

    const reply = await retire(desk, 'old');

    expect(reply).toMatchObject({ data: { code: 'ENG_CONSUMER_ALIVE', text: expect.stringContaining('stop it') } });
    expect(desk.running().health().facts?.acknowledged).toEqual({ old: 1 });
  });

  it('says which there are when it is asked about another', async () => {
    const desk = new Desk();
    await desk.ready();
    await desk.ask('service.acknowledge', { consumer: 'old', pos: 1 });

    const reply = await retire(desk, 'odl');

    expect(reply).toMatchObject({ data: { code: 'ENG_CONSUMER_UNKNOWN', text: expect.stringContaining('known: old') } });
  });
});

/** The audit trail as the journal tells it. */
function journalText(desk: Desk): string {
  const disk = desk.world.machine('desk').disk('engine');
  const text = disk.paths
    .filter((path) => path.startsWith('journal/'))
    .map((path) => {
      const file = disk.file(path);
      return Buffer.from(file?.read(0, file.size) ?? new Uint8Array()).toString('latin1');
    });
  return text.join('');
}
