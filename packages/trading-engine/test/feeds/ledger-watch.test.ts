import { decimal, parseInstrumentId } from '@fillwright/domain';
import type { Log } from '@fillwright/runtime';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LedgerWatch } from '../../src/feeds/ledger-watch.ts';
import { BTC, World } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');
const STALE_MS = 5_000;
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;

let world: World;
let watch: LedgerWatch;

beforeEach(() => {
  world = new World();
  watch = watching();
});

function watching(): LedgerWatch {
  return new LedgerWatch({ clock: world.clock, log: silent, book: world.book, staleMs: STALE_MS });
}

/** Books a trade as the engine does; returns its journal position. */
function trade(tradeId: number, qty: string, instrument = BTC): number {
  world.reports.trade(world.fill(tradeId, qty, { instrument }));
  watch.booked(instrument, world.book.lastPos);
  return world.book.lastPos;
}

function says(appliedPos: number, ...held: (readonly [instrument: typeof BTC, qty: string])[]): void {
  watch.ledger({ appliedPos, positions: held.map(([instrument, qty]) => ({ instrument, qty, entryPrice: '100' })) });
}

describe('the ledger at the same journal position', () => {
  it('agrees or differs with what was held there, not with what is held now', () => {
    const first = trade(1, '1');
    const second = trade(2, '1');
    says(first, [BTC, '1']);
    expect(watch.doubt()).toBeUndefined();
    says(second, [BTC, '2.0']);
    expect(watch.doubt()).toBeUndefined();
    says(second, [BTC, '1']);
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_DIFFERS' });
    says(second, [BTC, '2']);
    expect(watch.doubt()).toBeUndefined();
  });

  it('differs when it holds what we never traded, or lacks what we hold', () => {
    const pos = trade(1, '1');
    says(pos, [BTC, '1'], [ETH, '1']);
    expect(watch.doubt()?.text).toContain(`${ETH}: engine 0, ledger 1`);
    says(pos);
    expect(watch.doubt()?.text).toContain(`${BTC}: engine 1, ledger 0`);
  });

  it('is compared from the start of this run on, with all that was held then', () => {
    trade(1, '1');
    const pos = trade(2, '2', ETH);
    watch = watching();
    watch.begin(world.book.lastFillPos);
    says(pos - 1, [BTC, '7']);
    expect(watch.doubt()).toBeUndefined();
    says(pos, [ETH, '2']);
    expect(watch.doubt()?.text).toContain(`${BTC}: engine 1, ledger 0`);
  });

  it('that is a little behind a first trade is compared with what was held before it', () => {
    watch.begin(0);
    world.context.records.mode('normal', 'me', 'a record in between');
    const before = world.book.lastPos;
    trade(1, '1');
    says(before);
    expect(watch.doubt()).toBeUndefined();
    says(before, [BTC, '1']);
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_DIFFERS' });
  });

  it('is not compared with changes that are no longer kept', () => {
    const first = trade(1, '1');
    for (let tradeId = 2; tradeId <= 20_010; tradeId += 1) watch.booked(BTC, first + tradeId);
    says(first, [BTC, '9']);

    expect(watch.doubt()).toBeUndefined();
  });
});

describe('a ledger that is stale', () => {
  it('was not heard yet, or not for a while', async () => {
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_STALE' });
    says(0);
    await world.clock.advance(STALE_MS);
    expect(watch.doubt()).toBeUndefined();
    await world.clock.advance(1);
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_STALE', text: expect.stringContaining('silent') });
  });

  it('speaks and does not get on', async () => {
    says(0);
    const pos = trade(1, '1');
    for (let second = 0; second <= 6; second += 1) {
      says(0);
      await world.clock.advance(1_000);
    }
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_STALE', text: expect.stringContaining(String(pos)) });
    says(pos, [BTC, '1']);
    expect(watch.doubt()).toBeUndefined();
  });

  it('is not one that is always a little behind in a busy market', async () => {
    let applied = trade(1, '1');
    for (let second = 2; second <= 12; second += 1) {
      const newest = trade(second, '1');
      says(applied, [BTC, decimal(String(second - 1)).toString()]);
      applied = newest;
      await world.clock.advance(1_000);
    }

    expect(watch.doubt()).toBeUndefined();
  });

  it('is not missed where it is not watched', () => {
    watch = new LedgerWatch({ clock: world.clock, log: silent, book: world.book, staleMs: 0 });
    expect(watch.doubt()).toBeUndefined();
    says(0, [BTC, '1']);
    expect(watch.doubt()).toMatchObject({ code: 'LEDGER_DIFFERS' });
  });
});
