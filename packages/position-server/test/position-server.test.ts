import { parseVenueOrderId, usTime } from '@fillwright/domain';
import { type SnapshotReply, setSendValidation } from '@fillwright/messages';
import { AppError } from '@fillwright/runtime/ports';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PositionServer } from '../src/mod.ts';
import type { Entry } from './fake-peers.ts';
import { house, OPTIONS } from './house.ts';
import { BTC, balance, fill, T0 } from './ledger/fills.ts';

beforeAll(() => setSendValidation(true));

const OTHER: Entry = { type: 'other' };
const trade = (...args: Parameters<typeof fill>): Entry => ({ type: 'account.fill', data: { fill: fill(...args) } });
const money = (...args: Parameters<typeof balance>): Entry => ({ type: 'account.balance', data: balance(...args) });
const VENUE_POSITION: Entry = {
  type: 'account.venue-position',
  data: { instrument: BTC, qty: '1', entryPrice: '100', venueTs: usTime(T0) },
};

describe('booking', () => {
  it('tells traders and the engine of each fill at once, in one state of the books', async () => {
    const { write, live, run, seen } = house();
    await live();

    write(OTHER, trade({ trade: 1, price: '100', fee: '0.1' }), OTHER, trade({ trade: 2, side: 'sell', qty: '0.4', price: '110' }));
    await run(20);

    expect(
      seen()
        .of('position.changed')
        .map(({ position, appliedPos }) => [position.qty, position.realisedPnl, appliedPos]),
    ).toEqual([
      ['1', '0', 2],
      ['0.6', '4', 4],
    ]);
    expect(seen().of('position.changed').at(-1)?.books).toEqual([expect.objectContaining({ owner: 'q1', qty: '0.6' })]);
    expect(seen().of('ledger.positions').at(-1)).toEqual({
      appliedPos: 4,
      positions: [{ instrument: BTC, qty: '0.6', entryPrice: '100' }],
      balances: [],
    });
  });

  it('tells balances, books funding, and moves on over events that change nothing', async () => {
    const { write, live, run, seen, health } = house();
    await live();

    write(
      money({ wallet: '1000' }),
      VENUE_POSITION,
      money({ wallet: '999.9', cause: 'funding', delta: '-0.1', instrument: BTC }),
      VENUE_POSITION,
    );
    await run(20);

    expect(
      seen()
        .of('position.balance')
        .map(({ balance: { wallet }, appliedPos }) => [wallet, appliedPos]),
    ).toEqual([
      ['1000', 1],
      ['999.9', 3],
    ]);
    expect(
      seen()
        .of('position.changed')
        .map(({ position }) => position.funding),
    ).toEqual(['-0.1']);
    expect(health().facts?.appliedPos).toBe(4);
  });

  it('conflates what the engine is told of a burst, and is heard once a second without one', async () => {
    const { write, live, run, seen } = house();
    await live();
    await run(100);
    const before = seen().of('ledger.positions').length;

    write(...Array.from({ length: 50 }, (_, at) => trade({ trade: at + 1 })));
    await run(50);
    const burst = seen().of('ledger.positions').slice(before);
    expect(burst.length).toBeLessThanOrEqual(3);
    expect(burst.at(-1)).toMatchObject({ appliedPos: 50, positions: [{ qty: '50' }] });
    expect(seen().of('position.changed')).toHaveLength(50);

    await run(5_000);
    expect(seen().of('ledger.positions').length - before - burst.length).toBeGreaterThanOrEqual(4);
  });

  it('acknowledges every second what is stored', async () => {
    const { write, live, run, engine } = house();
    await live();

    write(trade({ trade: 1 }), trade({ trade: 2 }));
    await run(3_000);

    expect(engine.service?.acknowledged.length).toBeGreaterThanOrEqual(2);
    expect(engine.service?.acknowledged.at(-1)).toBe(2);
  });

  it('acknowledges nothing that a power cut could take out of the ledger: the journal must keep it', async () => {
    const { write, live, run, engine, world, server } = house();
    await live();
    world.gate = {
      before: ({ incarnation, name }) => {
        if (incarnation === server.incarnation && name === 'store.settle') throw new Error('the disk does not sync');
      },
    };
    write(trade({ trade: 1 }), trade({ trade: 2 }));
    await run(15_000);
    expect(engine.service?.acknowledged).toEqual([]);

    world.gate = undefined;
    await run(12_000);
    expect(engine.service?.acknowledged.at(-1)).toBe(2);
  });

  it('says aloud when a trade comes again with another quantity, and keeps the first', async () => {
    const { write, live, run, seen, world } = house();
    await live();

    write(trade({ trade: 1, qty: '1' }), trade({ trade: 1, qty: '2' }));
    await run(20);

    expect(seen().of('ledger.positions').at(-1)).toMatchObject({ appliedPos: 2, positions: [{ qty: '1' }] });
    expect(seen().of('position.changed')).toHaveLength(1);
    expect(world.logs.lines().filter(({ fields }) => fields.code === 'POS_FILL_CONTRADICTS')).toHaveLength(1);
  });
});

describe('marks', () => {
  it('move the open profit at most four times a second, and only of a position that is open', async () => {
    const { write, live, run, seen, mark } = house();
    await live();
    mark('90');
    await run(100);
    expect(seen().of('position.changed')).toEqual([]);

    write(trade({ trade: 1, price: '100' }));
    await run(1_000);
    const before = seen().of('position.changed').length;
    for (let step = 0; step < 100; step++) {
      mark(String(101 + step));
      await run(10);
    }
    await run(300);

    const told = seen().of('position.changed').slice(before);
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told.length).toBeLessThanOrEqual(6);
    expect(told.at(-1)?.position).toMatchObject({ markPrice: '200', unrealisedPnl: '100' });
  });

  it('that are missing or old take the open profit away, and the server says so', async () => {
    const { write, live, run, seen, mark, health } = house();
    await live();
    mark('90');
    write(trade({ trade: 1, price: '100' }));
    await run(1_000);
    expect(health()).toMatchObject({ ready: true, state: 'ready', reasons: [] });
    expect(seen().of('position.changed').at(-1)?.position.unrealisedPnl).toBe('-10');

    await run(12_000);
    expect(seen().of('position.changed').at(-1)?.position.unrealisedPnl).toBeUndefined();
    expect(health()).toMatchObject({ ready: false, state: 'degraded', reasons: [expect.stringContaining(`no mark price of ${BTC}`)] });

    mark('95');
    await run(100);
    expect(health().ready).toBe(true);
    expect(seen().of('position.changed').at(-1)?.position.unrealisedPnl).toBe('-5');
  });

  it('need no market-server for the books, and fees wait for their asset', async () => {
    const { write, live, run, market, health, seen } = house();
    market.kill();
    await live();
    write(trade({ trade: 1, fee: '0.5' }));
    await run(2_000);
    expect(health().reasons).toContainEqual(expect.stringContaining(`in which asset ${BTC} settles`));
    expect(seen().of('position.changed').at(-1)?.position).toMatchObject({ fees: '0', otherAssets: [{ asset: 'USDT', fees: '0.5' }] });

    market.restart();
    await run(5_000);
    expect(seen().of('position.changed').at(-1)?.position.fees).toBe('0.5');
  });
});

describe('snapshots', () => {
  it('carry positions, books, balances and the journal position', async () => {
    const { write, live, run, seen, mark, watcher } = house();
    await live();
    mark('110');
    write(trade({ trade: 1 }), money({ wallet: '5' }));
    await run(100);
    let snapshot: SnapshotReply | undefined;
    watcher.incarnation.later(0, 'ask', () =>
      seen().ask((reply) => {
        snapshot = reply;
      }),
    );
    await run(100);

    expect(snapshot).toMatchObject({
      appliedPos: 2,
      positions: [{ instrument: BTC, qty: '1', unrealisedPnl: '10' }],
      books: [{ owner: 'q1', qty: '1' }],
      balances: [{ asset: 'USDT', wallet: '5' }],
    });
  });
});

describe('catching up', () => {
  it('books what it missed from where it stood and tells only where it stands then', async () => {
    const { write, live, run, seen, server, health } = house();
    await live();
    write(trade({ trade: 1 }));
    await run(100);
    server.kill();
    write(trade({ trade: 2 }), OTHER, trade({ trade: 3 }), money());
    await run(1_000);
    const before = seen().messages.length;
    server.restart();
    await live();
    await run(100);

    const told = seen()
      .messages.slice(before)
      .filter(({ type }) => type.startsWith('position.') || type.startsWith('ledger.'));
    expect(
      told
        .map(({ type }) => type)
        .filter((type) => type !== 'ledger.positions')
        .sort(),
    ).toEqual(['position.balance', 'position.changed']);
    expect(
      new Set(
        seen()
          .of('ledger.positions')
          .map(({ appliedPos }) => appliedPos),
      ),
    ).toEqual(new Set([0, 1, 5]));
    expect(seen().of('position.changed').at(-1)).toMatchObject({ position: { qty: '3' }, appliedPos: 5 });
    expect(health().facts?.appliedPos).toBe(5);
  });

  it('goes on after the engine was killed and started again', async () => {
    const { write, live, run, seen, engine, health } = house();
    await live();
    write(trade({ trade: 1 }));
    await run(100);

    engine.kill();
    await run(5_000);
    expect(health()).toMatchObject({ state: 'degraded', reasons: [expect.stringContaining('silent'), expect.anything()] });
    const silent = seen().of('ledger.positions').length;
    await run(3_000);
    expect(seen().of('ledger.positions').length).toBe(silent);

    engine.restart();
    await run(100);
    write(trade({ trade: 2 }));
    await run(5_000);
    expect(health().facts).toMatchObject({ journal: 'live', appliedPos: 2 });
    expect(seen().of('ledger.positions').at(-1)).toMatchObject({ positions: [{ qty: '2' }] });
  });

  it('goes on after an engine that was heard again and died before it was asked', async () => {
    const { world, write, live, run, engine, health } = house();
    await live();
    write(trade({ trade: 1 }));
    await run(100);
    engine.kill();
    engine.restart();
    await world.runUntil(() => health().facts?.journal === 'asking', 'word of the restart');
    engine.kill();
    await run(2_000);
    engine.restart();
    await run(10_000);
    write(trade({ trade: 2 }));
    await run(1_000);

    expect(health().facts).toMatchObject({ journal: 'live', appliedPos: 2 });
  });

  it('takes a journal of any length in its stride', async () => {
    const journal = Array.from({ length: 2_600 }, (_, at) => (at % 2 === 0 ? trade({ trade: at + 1, qty: '0.1' }) : OTHER));
    const { live, seen, run } = house({ journal });
    await live();
    await run(50);

    expect(seen().of('ledger.positions').at(-1)).toMatchObject({ appliedPos: 2_599, positions: [{ qty: '130' }] });
  });

  it('waits for an engine that is not there, and says so', async () => {
    const { engine, run, health, live } = house();
    engine.kill();
    await run(10_000);
    expect(health()).toMatchObject({ state: 'syncing', reasons: [expect.stringContaining('tcp://desk:8002 does not answer')] });

    engine.restart();
    await live();
  });
});

describe('another journal', () => {
  async function after(change: (journal: Entry[]) => void) {
    const desk = house();
    await desk.live();
    desk.write(trade({ trade: 1 }), trade({ trade: 2 }), OTHER);
    await desk.run(1_000);
    desk.engine.kill();
    change(desk.journal);
    await desk.run(1_000);
    desk.engine.restart();
    await desk.run(5_000);
    return desk;
  }

  it.each([
    ['is shorter than the ledger', 'POS_JOURNAL_BEHIND', (journal: Entry[]) => journal.splice(1)],
    ['is gone', 'POS_JOURNAL_BEHIND', (journal: Entry[]) => journal.splice(0)],
    ['has another trade at our newest position', 'POS_JOURNAL_OTHER', (journal: Entry[]) => journal.splice(1, 1, trade({ trade: 9 }))],
    [
      'has no event of the account there',
      'POS_JOURNAL_OTHER',
      (journal: Entry[]) => journal.splice(0, 3, OTHER, OTHER, OTHER, trade({ trade: 8 })),
    ],
  ])('that %s halts it with %s, nothing is booked', async (_, code, change) => {
    const { health, seen, run, world, server } = await after(change);

    expect(health()).toMatchObject({
      ready: false,
      state: 'halted',
      reasons: [expect.stringMatching(new RegExp(`^${code}: .*move the file away`))],
    });
    expect(health().facts?.appliedPos).toBe(2);
    const said = seen().of('ledger.positions').length;
    await run(3_000);
    expect(seen().of('ledger.positions')).toHaveLength(said);
    expect(
      seen()
        .messages.filter(({ type }) => type === 'heartbeat')
        .at(-1)?.data,
    ).toMatchObject({ state: 'halted' });
    expect(world.logs.lines().filter(({ event }) => event === 'position-server-halted')).toHaveLength(1);

    // Also a new process does not go on.
    server.kill();
    server.restart();
    await run(5_000);
    expect(health().state).toBe('halted');
  });

  it('that only grew is the same one', async () => {
    const { health } = await after((journal) => journal.push(trade({ trade: 3 })));

    expect(health().facts).toMatchObject({ journal: 'live', appliedPos: 4 });
  });

  it('halts it too when the journal no longer holds what it needs', async () => {
    const { engine, server, run, write, live, health } = house();
    await live();
    write(trade({ trade: 1 }));
    await run(100);
    server.kill();
    write(trade({ trade: 2 }), trade({ trade: 3 }));
    await run(100);
    (engine.service as NonNullable<typeof engine.service>).forgotten = 2;
    server.restart();
    await run(5_000);

    expect(health()).toMatchObject({ state: 'halted', reasons: [expect.stringContaining('POS_FEED_HALTED')] });
  });
});

describe('a disk that fails', () => {
  it('halts it before anything is told that is not stored; a restart books the rest', async () => {
    const { world, write, live, run, seen, server, health } = house();
    await live();
    write(trade({ trade: 1 }));
    await run(100);
    const before = seen().of('position.changed').length;
    world.gate = {
      before: ({ incarnation, name }) => {
        if (incarnation === server.incarnation && name === 'store.run') throw Object.assign(new Error('disk full'), { code: 'x' });
      },
    };

    write(trade({ trade: 2 }));
    await run(1_000);
    expect(health()).toMatchObject({ state: 'halted', reasons: [expect.stringContaining('disk full')] });
    expect(seen().of('position.changed')).toHaveLength(before);

    world.gate = undefined;
    server.kill();
    server.restart();
    await live();
    await run(100);
    expect(seen().of('ledger.positions').at(-1)).toMatchObject({ appliedPos: 2, positions: [{ qty: '2' }] });
  });
});

describe('a disk that is full', () => {
  it('halts it, and when it takes something again the process ends, to be started again', async () => {
    const { world, write, live, run, server, health } = house();
    await live();
    let mended = 0;
    (server.service as PositionServer).onMended = () => {
      mended += 1;
    };
    world.gate = {
      before: ({ incarnation, name }) => {
        if (incarnation !== server.incarnation) return;
        if (name === 'store.run') throw new AppError('RUN_STORE_FAILED', 'disk full', { details: { sqlite: 13 } });
        if (name === 'disk.writeAtomic') throw new Error('disk full');
      },
    };

    write(trade({ trade: 1 }));
    await run(5_000);
    expect(health()).toMatchObject({ state: 'halted', reasons: [expect.stringContaining('make room')] });
    expect(mended).toBe(0);

    world.gate = undefined;
    await run(1_500);
    expect(mended).toBeGreaterThan(0);
  });
});

describe('one ledger', () => {
  it('has one process', async () => {
    const { world, live, run } = house();
    await live();
    const failures: unknown[] = [];
    world.onStartFailed = (_, error) => failures.push(error);
    world.spawn('desk/second', (ports) => new PositionServer(ports, OPTIONS), { dataDirectory: 'position-server' });
    await run(100);

    expect(failures).toEqual([expect.objectContaining({ code: 'RUN_LOCKED' })]);
  });

  it('is free again after an orderly stop, which leaves nothing', async () => {
    const { server, live, run, write, seen } = house();
    await live();
    write(trade({ trade: 1, venueOrderId: parseVenueOrderId('1') }));
    await run(100);
    const reports: unknown[] = [];
    const service = server.service as PositionServer;
    server.incarnation.later(0, 'stop', () => {
      void service.stop('test').then(async (report) => reports.push(report, await service.stop('again')));
    });
    await run(1_000);

    expect(reports).toEqual([
      { clean: true, left: [] },
      { clean: true, left: [] },
    ]);
    expect(seen().of('heartbeat').at(-1)?.state).toBe('stopping');
    server.kill();
    server.restart();
    await live();
  });
});
