import { decimal, type Fill, usTime } from '@fillwright/domain';
import { orderView, packValue, unpackValue } from '@fillwright/messages';
import { createMemoryStore } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccountBook } from '../../src/account/account-book.ts';
import { openEngineDatabase } from '../../src/account/engine-database.ts';
import { IdIndex } from '../../src/account/id-index.ts';
import { JournalFold } from '../../src/account/journal-fold.ts';
import { OrderShelf } from '../../src/account/order-shelf.ts';
import type { JournalRecord } from '../../src/account/record.ts';
import { decodeSnapshot, encodeSnapshot, SNAPSHOT_VERSION } from '../../src/account/snapshot-codec.ts';
import { TestClock } from '../_world.ts';
import { happenings, historyOf, idOf, instrumentOf, silent, venueIdOf } from './_histories.ts';

const ORDERS = [0, 1, 2, 3, 4, 5, 6];

function newIndex(): IdIndex {
  return new IdIndex({ database: openEngineDatabase(createMemoryStore()), clock: new TestClock(), log: silent });
}

/** Closed orders leave memory as soon as they may. */
function newBook(index?: IdIndex): AccountBook {
  const book = new AccountBook(new OrderShelf({ closed: 0, closedUs: 0 }));
  if (index) book.attach(index);
  return book;
}

function fold(book: AccountBook, records: readonly JournalRecord[], fromPos = 1): void {
  for (const [at, record] of records.entries()) if (at + 1 >= fromPos) book.apply(record, at + 1);
}

/** Everything anybody can ask a book. */
function seen(book: AccountBook): unknown {
  const view = (order: ReturnType<AccountBook['order']>) => order && orderView(order);
  return {
    orders: ORDERS.map((order) => view(book.order(idOf(order)))),
    byVenueId: ORDERS.flatMap((order) => [0, 1].map((a) => view(book.orderByVenueId(instrumentOf(order), venueIdOf(order, a))))),
    byAlgoId: ORDERS.flatMap((order) => [0, 1, 2, 3].map((a) => view(book.orderByAlgoId(instrumentOf(order), `7${order}${a}`)))),
    live: book.liveOrders().map(orderView),
    commands: ORDERS.flatMap((order) =>
      book.order(idOf(order))?.state === 'closed' ? [] : [0, 1, 2].map((a) => book.hasCommand(idOf(order), `command-${order}-${a}`)),
    ),
    exposure: [0, 1].map((order) => {
      const { long, short } = book.exposure(instrumentOf(order));
      return [long.toString(), short.toString()];
    }),
    owners: ORDERS.map((order) => book.ownerOf(`q${order}`)),
    positions: book.positions.all().map((position) => book.positions.state(position.instrument)),
    balances: book.balances(),
    strays: ORDERS.flatMap((order) => [0, 1].flatMap((a) => book.strayFills(instrumentOf(order), venueIdOf(order, a)))),
    marks: [0, 1].map((order) => [book.lastFillTs(instrumentOf(order)), book.lastFillPosOf(instrumentOf(order))]),
    rest: [book.lastPos, book.lastFillPos, book.mode, book.modeReason, book.lastRecovery, book.ledgerStartTs],
  };
}

describe('a snapshot', () => {
  it('and the events after it are the fold of all events, wherever it is taken', () => {
    fc.assert(
      fc.property(happenings, fc.nat(), (all, at) => {
        const records = historyOf(all);
        const n = at % (records.length + 1);
        const straight = newBook();
        fold(straight, records);
        const before = newBook();
        fold(before, records.slice(0, n));
        const state = decodeSnapshot(encodeSnapshot(before.state()));
        if (!state) throw new Error('not decoded');
        const restored = newBook();
        restored.restore(state);
        expect(seen(restored)).toEqual(seen(before));

        fold(restored, records, n + 1);

        expect(seen(restored)).toEqual(seen(straight));
        expect(encodeSnapshot(restored.state())).toEqual(encodeSnapshot(straight.state()));
      }),
      { numRuns: 300 },
    );
  });

  it('needs no closed order that the archive holds, and nobody sees that they left memory', () => {
    fc.assert(
      fc.property(happenings, fc.nat(), (all, at) => {
        const records = historyOf(all);
        const n = at % (records.length + 1);
        const straight = newBook();
        fold(straight, records);
        const index = newIndex();
        const before = newBook(index);
        for (const [i, record] of records.slice(0, n).entries()) {
          before.apply(record, i + 1);
          if (i % 7 === 0) {
            index.reached(i + 1);
            index.flush();
            before.forget(record.ts, 100);
          }
        }
        index.reached(n);
        index.flush();
        const state = decodeSnapshot(encodeSnapshot(before.state()));
        if (!state) throw new Error('not decoded');
        expect(state.closed).toEqual([]);
        const restored = newBook(index);
        restored.restore(state);

        fold(restored, records, n + 1);

        expect(seen(restored)).toEqual(seen(straight));
      }),
      { numRuns: 200 },
    );
  });

  it('and the fast fold of the journal after it are what applying each record makes of them', () => {
    fc.assert(
      fc.property(happenings, fc.nat(), fc.nat(), (all, at, indexAt) => {
        const records = historyOf(all);
        const n = at % (records.length + 1);
        const straight = newBook();
        fold(straight, records);
        const index = newIndex();
        const before = newBook(index);
        fold(before, records.slice(0, n));
        // The index may be behind the snapshot, at it, or ahead.
        index.reached(indexAt % (n + 1));
        if (indexAt % 3 > 0) index.flush();
        const state = decodeSnapshot(encodeSnapshot(before.state()));
        if (!state) throw new Error('not decoded');
        const restored = newBook(index);
        restored.restore(state);

        const journalFold = new JournalFold(restored, index);
        for (const [i, record] of records.entries()) if (i >= n) journalFold.take(record, i + 1);
        journalFold.end();
        // Whatever may leave memory does, so that only what the archive knows is left to be seen.
        restored.forget(usTime(0), 1_000);

        expect(seen(restored)).toEqual(seen(straight));
        expect(index.pos).toBe(records.length);
        expect(restored.state().live.map(orderView)).toEqual(straight.state().live.map(orderView));
      }),
      { numRuns: 300 },
    );
  });

  it('is not changed by what happens after it was taken, while it is still being written', () => {
    const records = historyOf(fc.sample(happenings, { seed: 7, numRuns: 20 }).flat());
    const book = newBook();
    fold(book, records.slice(0, 100));
    const state = book.state();
    const bytes = encodeSnapshot(state);
    fold(book, records, 101);

    expect(encodeSnapshot(state)).toEqual(bytes);
  });

  it('of another version is no snapshot to this one', () => {
    const bytes = encodeSnapshot(newBook().state());
    const at = bytes.indexOf(0x76, 5) + 1;
    bytes[at] = 9;

    expect(decodeSnapshot(bytes)).toBeUndefined();
  });
});

/** Position as the sum of the trades in the records, each once: what the book must hold. */
function sumOfTrades(records: readonly JournalRecord[], instrument: string): string {
  const trades = new Map<string, string>();
  for (const record of records) {
    const fill = record.k === 'stray-fill' ? record.fill : record.k === 'order' ? record.change.fill : undefined;
    if (fill?.instrument !== instrument || trades.has(`${fill.tradeId} ${fill.side}`)) continue;
    trades.set(`${fill.tradeId} ${fill.side}`, fill.beforeLedger ? '0' : `${fill.side === 'buy' ? '' : '-'}${fill.qty}`);
  }
  return [...trades.values()].reduce((sum, qty) => sum.plus(decimal(qty)), decimal('0')).toString();
}

describe('any prefix of a history', () => {
  it('is a valid state, and its last record once more changes nothing', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const records = historyOf(all);
        const book = newBook();
        for (const [at, record] of records.entries()) {
          book.apply(record, at + 1);
          const instrument = instrumentOf(at);
          expect(book.positions.qty(instrument).toString()).toBe(sumOfTrades(records.slice(0, at + 1), instrument));
          const live = book.liveOrders().filter((order) => order.terms.instrument === instrument);
          expect(live.every((order) => order.state !== 'closed')).toBe(true);
          expect(book.exposure(instrument).long.gte(book.positions.qty(instrument))).toBe(true);
          expect(book.exposure(instrument).short.lte(book.positions.qty(instrument))).toBe(true);
          const once = seen(book);
          if (record.k !== 'boot') book.apply(record, at + 1);
          expect(seen(book)).toEqual(once);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a snapshot of another version', () => {
  const book = newBook();
  book.apply({ k: 'boot', ts: usTime(5), epoch: 1 }, 1);
  book.apply({ k: 'balance', ts: usTime(6), balance: { asset: 'USDT', wallet: '7', cause: 'snapshot', venueTs: usTime(6) } }, 2);
  book.apply({ k: 'mode', ts: usTime(7), mode: 'paused', who: 'me', why: 'lunch' }, 3);

  /** The bytes with another head. */
  function withHead(change: (head: Record<string, unknown>) => Record<string, unknown>): Uint8Array {
    const [[kind, head], ...parts] = unpackValue(encodeSnapshot(book.state())) as [[string, Record<string, unknown>], ...unknown[]];
    return packValue([[kind, change(head)], ...parts]);
  }

  it('is read when it is the previous one: the newest balance then counts as not older than the snapshot', () => {
    const bytes = withHead(({ v: _v, lastBalancePos: _pos, ...head }) => ({ v: 1, ...head }));

    const state = decodeSnapshot(bytes);
    expect(state).toMatchObject({ pos: 3, lastBalancePos: 3, mode: 'paused' });
    expect(state && { ...state, lastBalancePos: 2 }).toEqual(book.state());
  });

  it('is read when its trade keys are still text', () => {
    const position = ['position', { instrument: 'BTCUSDT-PERP.BINANCE', qty: '1', openCost: '5', realisedPnl: '0', fees: [] }];
    const [head, ...parts] = unpackValue(withHead((now) => ({ ...now, v: 2 }))) as unknown[];
    const state = decodeSnapshot(packValue([head, ...parts, position, ['keys', '7b 8s rec-1b']]));
    const restored = newBook();
    if (state) restored.restore(state);
    const knows = (tradeId: string, side: 'buy' | 'sell') =>
      restored.positions.has({ instrument: instrumentOf(0), tradeId: tradeId as Fill['tradeId'], side });

    expect([knows('7', 'buy'), knows('8', 'sell'), knows('rec-1', 'buy')]).toEqual([true, true, true]);
    expect([knows('7', 'sell'), knows('9', 'buy')]).toEqual([false, false]);
  });

  it('is not read when it is a newer one, or of none that ever was', () => {
    expect(decodeSnapshot(withHead((head) => head))).toBeDefined();
    for (const v of [SNAPSHOT_VERSION + 1, 0]) expect(decodeSnapshot(withHead((head) => ({ ...head, v })))).toBeUndefined();
  });
});
