/** Fills and balance events for the tests of the ledger. */
import { parseInstrumentId, parseTradeId, parseVenueOrderId, usTime } from '@fillwright/domain';
import type { BalanceEventMessage, FillView } from '@fillwright/messages';
import type { Database, SqlValue } from '@fillwright/runtime';
import type { Ledger } from '../../src/mod.ts';

export const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
export const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');
/** 2026-11-01. */
export const T0 = 1_793_534_400_000_000;

export function fill(changes: Partial<FillView> & { readonly trade?: number; readonly at?: number } = {}): FillView {
  const { trade = 1, at = trade, ...rest } = changes;
  return {
    instrument: BTC,
    tradeId: parseTradeId(String(trade)),
    venueOrderId: parseVenueOrderId('9007199254740993'),
    owner: 'q1',
    strategy: 'maker',
    side: 'buy',
    qty: '1',
    price: '100',
    liquidity: 'maker',
    fee: '0',
    feeAsset: 'USDT',
    venueTs: usTime(T0 + at),
    ...rest,
  };
}

export function balance(changes: Partial<BalanceEventMessage> = {}): BalanceEventMessage {
  return { asset: 'USDT', wallet: '1000', cause: 'trade', venueTs: usTime(T0), ...changes };
}

/** Everything a ledger shows, as one comparable value. */
export function shown(ledger: Ledger) {
  return {
    positions: ledger.instruments().map((instrument) => ledger.position(instrument)),
    books: ledger.instruments().flatMap((instrument) => ledger.books(instrument)),
    balances: ledger.balances(),
    funding: [...ledger.accountFunding()].map(([asset, amount]) => `${asset} ${amount}`),
    appliedPos: ledger.appliedPos,
  };
}

/** A database whose statements count, and one of which throws, before or after it took effect: a disk that fails, a process that dies. */
export class FailingDatabase implements Database {
  readonly #inner: Database;
  calls = 0;
  failAt = Number.POSITIVE_INFINITY;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  exec(sql: string): void {
    this.#step(() => this.#inner.exec(sql));
  }

  prepare(sql: string) {
    const statement = this.#inner.prepare(sql);
    return {
      run: (...values: readonly SqlValue[]) => this.#step(() => statement.run(...values)),
      get: (...values: readonly SqlValue[]) => this.#step(() => statement.get(...values)),
      all: (...values: readonly SqlValue[]) => this.#step(() => statement.all(...values)),
    };
  }

  transaction<T>(work: () => T, options?: { readonly isDurable: boolean }): T {
    return this.#step(() => this.#inner.transaction(() => this.#step(work), options));
  }

  settle(done: (isDurable: boolean) => void): void {
    this.#inner.settle(done);
  }

  close(): void {
    this.#inner.close();
  }

  #step<T>(work: () => T): T {
    if (++this.calls === this.failAt) throw new Error('the disk failed before');
    const result = work();
    if (++this.calls === this.failAt) throw new Error('the disk failed after');
    return result;
  }
}
