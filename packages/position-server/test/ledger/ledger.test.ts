import { decimal, usTime } from '@fillwright/domain';
import { encodeEnvelope, setSendValidation, WIRE_VERSION } from '@fillwright/messages';
import { createMemoryStore } from '@fillwright/runtime/store';
import { describe, expect, it } from '@jest/globals';
import { Ledger } from '../../src/mod.ts';
import { BTC, balance, ETH, FailingDatabase, fill, shown, T0 } from './fills.ts';

function world() {
  const store = createMemoryStore();
  const open = (options?: { windowSize?: number }) => new Ledger(store.open('ledger'), options);
  return { store, open, ledger: open() };
}

describe('booking', () => {
  it('moves position, entry, profit and fees, and follows the journal', () => {
    const { ledger } = world();

    expect(ledger.fill(fill({ trade: 1, qty: '2', price: '100', fee: '0.5' }), 7)).toBe('booked');
    expect(ledger.fill(fill({ trade: 2, side: 'sell', qty: '1', price: '110', fee: '0.25' }), 9)).toBe('booked');
    ledger.settle(new Map([[BTC, 'USDT']]));

    expect(ledger.appliedPos).toBe(9);
    expect(ledger.position(BTC)).toMatchObject({ qty: '1', entryPrice: '100', realisedPnl: '10', fees: '0.75' });
    expect(ledger.isFlat(BTC)).toBe(false);
    expect(ledger.openPositions()).toEqual({
      appliedPos: 9,
      positions: [{ instrument: BTC, qty: '1', entryPrice: '100' }],
      balances: [],
    });
  });

  it('books a trade once, but both sides of a self-trade', () => {
    const { ledger } = world();

    expect(ledger.fill(fill({ trade: 1, side: 'buy' }), 1)).toBe('booked');
    expect(ledger.fill(fill({ trade: 1, side: 'buy' }), 2)).toBe('known');
    expect(ledger.fill(fill({ trade: 1, side: 'sell', strategy: 'taker' }), 3)).toBe('booked');
    expect(ledger.fill(fill({ trade: 1, side: 'sell', qty: '5' }), 4)).toBe('contradicts');
    expect(ledger.fill(fill({ trade: 1, side: 'sell', qty: '5' }), 4)).toBe('old');

    expect(ledger.position(BTC).qty).toBe('0');
    expect(ledger.books(BTC).map(({ strategy, qty }) => [strategy, qty])).toEqual([
      ['maker', '1'],
      ['taker', '-1'],
    ]);
    expect(ledger.appliedPos).toBe(4);
  });

  it('keeps a trade that is older than the ledger out of position and books', () => {
    const { ledger, open } = world();

    expect(ledger.fill(fill({ trade: 1, beforeLedger: true }), 1)).toBe('booked');
    expect(ledger.fill(fill({ trade: 1 }), 2)).toBe('known');

    expect(ledger.instruments()).toEqual([]);
    expect(open().appliedPos).toBe(2);
  });

  it('advances over events that change nothing, never back', () => {
    const { ledger, open } = world();

    ledger.skip(5);
    ledger.skip(3);

    expect(open().appliedPos).toBe(5);
  });

  it('attributes a fill that came late to its place in time', () => {
    const { ledger } = world();
    // In the venue's order: buy 1 @ 100, sell 1 @ 130 (profit 30), sell 1 @ 200 (short). As they come: the middle one last.
    ledger.fill(fill({ trade: 1, at: 1, price: '100' }), 1);
    ledger.fill(fill({ trade: 3, at: 3, side: 'sell', price: '200' }), 2);
    ledger.fill(fill({ trade: 2, at: 2, side: 'sell', price: '130' }), 3);

    expect(ledger.position(BTC)).toMatchObject({ qty: '-1', entryPrice: '200', realisedPnl: '30', updatedTs: T0 + 3 });
    expect(ledger.books(BTC)[0]).toMatchObject({ qty: '-1', entryPrice: '200', realisedPnl: '30' });
  });

  it('is the same after a restart as before, also for what comes late then', () => {
    const straight = world().ledger;
    const { store, open } = world();
    const fills = [
      fill({ trade: 1, at: 1, price: '100' }),
      fill({ trade: 3, at: 3, side: 'sell', price: '200' }),
      fill({ trade: 2, at: 2, side: 'sell', price: '130', owner: 'q2' }),
      fill({ trade: 4, at: 4, instrument: ETH, price: '3', qty: '0.7' }),
    ];
    fills.forEach((one, index) => {
      straight.fill(one, index + 1);
      new Ledger(store.open('ledger')).fill(one, index + 1);
    });

    expect(shown(open())).toEqual(shown(straight));
  });

  it('puts strategies beyond the bound together, and their sum stays the position', () => {
    const { ledger, open } = world();
    for (let at = 1; at <= 510; at++) ledger.fill(fill({ trade: at, strategy: `s${at}` }), at);
    // Late, of a strategy that came too late to have its own book.
    ledger.fill(fill({ trade: 511, at: 0, strategy: 's505', qty: '3' }), 511);

    const books = open().books(BTC);
    expect(books).toHaveLength(501);
    expect(books.find(({ owner }) => owner === 'OTHERS')?.qty).toBe('13');
    expect(ledger.position(BTC).qty).toBe('513');
    expect(shown(open())).toEqual(shown(ledger));
  });
});

describe('assets', () => {
  it('never adds fees of different assets', () => {
    const { ledger, open } = world();
    ledger.fill(fill({ trade: 1, fee: '0.5', feeAsset: 'USDT' }), 1);
    ledger.fill(fill({ trade: 2, fee: '0.001', feeAsset: 'BNB' }), 2);

    const unknownYet = ledger.position(BTC);
    expect(unknownYet.fees).toBe('0');
    expect(unknownYet.otherAssets).toEqual([
      { asset: 'BNB', fees: '0.001', funding: '0' },
      { asset: 'USDT', fees: '0.5', funding: '0' },
    ]);

    expect(ledger.settle(new Map([[BTC, 'USDT']]))).toEqual([BTC]);
    expect(ledger.settle(new Map([[BTC, 'USDT']]))).toEqual([]);
    expect(open().position(BTC)).toMatchObject({ fees: '0.5', otherAssets: [{ asset: 'BNB', fees: '0.001', funding: '0' }] });
    expect(open().books(BTC)[0]).toMatchObject({ fees: '0.5', otherAssets: [{ asset: 'BNB', fees: '0.001' }] });
  });

  it('books balances, and funding to the instrument that the venue names', () => {
    const { ledger, open } = world();
    ledger.settle(new Map([[BTC, 'USDT']]));
    ledger.fill(fill({ trade: 1 }), 1);

    expect(ledger.balance(balance({ wallet: '999.6', cause: 'funding', delta: '-0.4', instrument: BTC, venueTs: usTime(T0 + 9) }), 2)).toBe(
      true,
    );
    expect(ledger.balance(balance({ wallet: '999.6', cause: 'funding', delta: '-0.4', instrument: BTC }), 2)).toBe(false);
    ledger.balance(balance({ wallet: '999.5', cause: 'funding', delta: '-0.1' }), 3);
    ledger.balance(balance({ wallet: '1099.5', cause: 'transfer', delta: '100', instrument: BTC, venueTs: usTime(T0 + 10) }), 4);

    for (const one of [ledger, open()]) {
      expect(one.position(BTC)).toMatchObject({ funding: '-0.4', updatedTs: T0 + 9 });
      expect(one.balances()).toEqual([{ asset: 'USDT', wallet: '1099.5', updatedTs: T0 + 10 }]);
      expect([...one.accountFunding()].map(String)).toEqual(['USDT,-0.1']);
      expect(one.appliedPos).toBe(4);
    }
  });
});

describe('digits', () => {
  it('shows profit with as many digits as a message may carry, and keeps all of them', () => {
    setSendValidation(true);
    const { ledger, open } = world();
    ledger.fill(fill({ trade: 1, qty: '3', price: '100' }), 1);
    ledger.fill(fill({ trade: 2, qty: '4', price: '101.00000001' }), 2);
    ledger.fill(fill({ trade: 3, side: 'sell', qty: '1', price: '103' }), 3);

    const envelope = { v: WIRE_VERSION, src: 'p', account: 'main', epoch: 1, seq: 1, ts: usTime(T0), id: 'x' } as const;
    const data = { position: open().position(BTC, decimal('77.123456789')), books: [...open().books(BTC)], appliedPos: 3 };
    expect(() => encodeEnvelope({ ...envelope, type: 'position.changed', topic: 'position.BINANCE.main.', data })).not.toThrow();

    ledger.fill(fill({ trade: 4, side: 'sell', qty: '6', price: '100' }), 4);
    // 300 + 404.00000004 in, 703 out: nothing was lost by thirds and sevenths on the way.
    expect(open().position(BTC)).toMatchObject({ qty: '0', realisedPnl: '-1.00000004' });
  });

  it('survives integers and ids beyond 2^53', () => {
    const { ledger, open } = world();
    ledger.fill(fill({ tradeId: '9223372036854775807' as never, venueTs: usTime(Number.MAX_SAFE_INTEGER) }), Number.MAX_SAFE_INTEGER);

    expect(open().appliedPos).toBe(Number.MAX_SAFE_INTEGER);
    expect(open().position(BTC).updatedTs).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('reads back the smallest costs that a division can leave', () => {
    const { ledger, open } = world();
    const dust = '0.000000000000000000000000000003';
    ledger.fill(fill({ trade: 1, qty: dust, price: dust }), 1);
    ledger.fill(fill({ trade: 2, side: 'sell', qty: '0.000000000000000000000000000001', price: '7' }), 2);

    expect(shown(open())).toEqual(shown(ledger));
  });
});

describe('faults', () => {
  it('leaves memory as the database is, wherever a transaction fails, and books the event when it comes again', () => {
    const events = (ledger: Ledger) => [
      () => ledger.fill(fill({ trade: 1 }), 1),
      () => ledger.fill(fill({ trade: 2, side: 'sell', price: '90' }), 2),
      () => ledger.balance(balance({ cause: 'funding', delta: '1', instrument: BTC }), 3),
      () => ledger.balance(balance({ cause: 'funding', delta: '2' }), 4),
      () => ledger.settle(new Map([[BTC, 'USDT']])),
      () => ledger.fill(fill({ trade: 3, at: 0 }), 5),
      () => ledger.skip(6),
    ];
    const straight = world().ledger;
    for (const event of events(straight)) event();

    let strikes = 0;
    for (let failAt = 1; ; failAt++) {
      const store = createMemoryStore();
      const database = new FailingDatabase(store.open('ledger'));
      const ledger = new Ledger(database, { windowSize: 1 });
      database.calls = 0;
      database.failAt = failAt;
      for (const event of events(ledger)) {
        try {
          event();
        } catch {
          strikes++;
          // Memory is never ahead: what it shows was committed.
          const stored = new Ledger(store.open('ledger'), { windowSize: 1 });
          expect(ledger.appliedPos).toBeLessThanOrEqual(stored.appliedPos);
          event();
        }
      }
      expect(shown(new Ledger(store.open('ledger'), { windowSize: 1 }))).toEqual(shown(straight));
      expect(shown(ledger)).toEqual(shown(straight));
      if (database.calls < failAt) break;
    }
    expect(strikes).toBeGreaterThan(50);
  });

  it('does not start on tables that contradict each other', () => {
    const { store, ledger, open } = world();
    ledger.fill(fill({ trade: 1 }), 1);
    store.open('ledger').exec("UPDATE positions SET qty = '2'");

    expect(open).toThrow(expect.objectContaining({ code: 'POS_LEDGER_DAMAGED', message: expect.stringContaining(BTC) }));
  });

  it('does not touch a ledger of a newer release', () => {
    const { store, open } = world();
    store.open('ledger').exec("UPDATE meta SET value = 2 WHERE name = 'version'");

    expect(open).toThrow(expect.objectContaining({ code: 'POS_LEDGER_VERSION' }));
  });
});
