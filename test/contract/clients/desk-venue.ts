/** The exchange simulator on free ports for one third-party client, and what tests do to it from outside: control, waiting, the core's books. */
import {
  DEMO_ACCOUNTS,
  DEMO_SYMBOLS,
  ExchangeSimulator,
  type SimulatorOptions,
  SYMBOL_DEFAULTS,
  type SymbolOptions,
  simulatorOptions,
} from '@fillwright/exchange-simulator';
import { createHttpServer, createSystemClock, createSystemRandom, type Disk, type Log } from '@fillwright/runtime';
import { type Wire, wired } from '../breaks/wire.ts';

/** Far beyond what anything here takes; only a failing test waits so long. */
const DEADLINE_MS = 15_000;

/** The quiet symbol: nobody trades on it but the test. */
export const SYMBOL = 'SOLUSDT';
/** The one that moves. */
export const MOVING = 'BTCUSDT';
/** One whose grids are coarser than its precisions; quiet too. */
export const COARSE = 'LTCUSDT';
/** Order ids beyond what a double can hold. */
export const LONG_IDS = 'ETHUSDT';

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const noDisk = new Proxy({} as Disk, {
  get: (_, name) => {
    throw new Error(`nothing here needs a disk, but ${String(name)} was called`);
  },
});

const COARSE_SYMBOL: SymbolOptions = {
  ...SYMBOL_DEFAULTS,
  ...{ symbol: COARSE, baseAsset: 'LTC', tickSize: '0.05', stepSize: '0.005', minPrice: '1.00', maxPrice: '10000', minQty: '0.010' },
  ...{ minNotional: '5', markPrice: '100', firstOrderId: '55512345601', flow: 'none' },
};

export const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 10, banMs: 120_000 };

export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** All symbols of the desk. */
export const DESK_SYMBOLS: readonly SymbolOptions[] = [...DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flowRate: 100 })), COARSE_SYMBOL];

/** How the venue is held for a test of the tests. */
export interface Tampering {
  readonly wire?: Wire;
  /** How long to wait for what should come. */
  readonly deadlineMs?: number;
}

export class DeskVenue {
  readonly clock = createSystemClock();
  readonly simulator: ExchangeSimulator;
  readonly #deadlineMs: number;

  private constructor(options: Partial<SimulatorOptions>, { wire = {}, deadlineMs = DEADLINE_MS }: Tampering) {
    const { clock } = this;
    this.#deadlineMs = deadlineMs;
    this.simulator = new ExchangeSimulator(
      { clock, random: createSystemRandom(), httpServer: wired(createHttpServer({ clock }), wire), log, disk: noDisk },
      simulatorOptions({
        ...{ futuresPort: 0, controlPort: 0, accounts: DEMO_ACCOUNTS, limits: NO_LIMITS, accountUpdateOrder: 'after' },
        symbols: DESK_SYMBOLS,
        ...options,
      }),
    );
  }

  /** Books stand still until a test lets them flow. */
  static async start(options: Partial<SimulatorOptions> = {}, tampering: Tampering = {}): Promise<DeskVenue> {
    const venue = new DeskVenue(options, tampering);
    await venue.simulator.start();
    venue.simulator.setFlow(false);
    return venue;
  }

  get rest(): string {
    return this.simulator.info.futures.rest;
  }

  get ws(): string {
    return this.simulator.info.futures.ws;
  }

  credentials(name: string): Credentials {
    const found = this.simulator.info.accounts.find((account) => account.name === name);
    if (found === undefined) throw new Error(`no account ${name}`);
    return found;
  }

  async control(method: 'GET' | 'POST' | 'DELETE', command: string, body?: object): Promise<Record<string, unknown>> {
    const { url, token } = this.simulator.info.control;
    const reply = await fetch(`${url}/${command}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`control ${command}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** Resolves once the condition holds, looked at again every few milliseconds; rejects at the deadline. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineUs = this.clock.monotonicUs() + this.#deadlineMs * 1000;
    while (!(await holds())) {
      if (this.clock.monotonicUs() > deadlineUs) throw new Error(`not within ${this.#deadlineMs} ms: ${what}`);
      await this.#pause(2);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }

  /** The core's own book, best first, as plain decimals without trailing zeros. */
  book(symbol: string, levels: number): { readonly bids: string[][]; readonly asks: string[][] } {
    const market = this.simulator.engine.market(symbol);
    if (market === undefined) throw new Error(`no market ${symbol}`);
    const { tickUnits, stepUnits } = market.spec;
    const rows = (side: typeof market.book.bids) =>
      Array.from({ length: Math.min(levels, side.size) }, (_, n) => {
        const level = side.nth(n);
        return [plain(((level?.ticks ?? 0) * tickUnits) / 1e8), plain(((level?.lots ?? 0) * stepUnits) / 1e8)];
      });
    return { bids: rows(market.book.bids), asks: rows(market.book.asks) };
  }

  /** Connections that a user stream is delivered to now. */
  listeners(): number {
    return this.simulator.deliveries('private');
  }

  /** Of an account, by the core. */
  openOrders(account: string): number {
    const holdings = this.simulator.engine.account(account)?.holdings() ?? [];
    return [...holdings].reduce((sum, holding) => sum + holding.open.size, 0);
  }

  /** By the core, with all its digits. */
  newestOrderId(account: string, symbol: string): string {
    const { engine } = this.simulator;
    const market = engine.market(symbol);
    if (market === undefined) throw new Error(`no market ${symbol}`);
    const orders = [...(engine.account(account)?.holding(market).orders() ?? [])];
    return String(orders[orders.length - 1]?.id);
  }

  /** Amounts by position side, by the core. */
  positions(account: string, symbol: string): Readonly<Record<string, string>> {
    const { engine } = this.simulator;
    const market = engine.market(symbol);
    if (market === undefined) throw new Error(`no market ${symbol}`);
    const held = engine.account(account)?.holding(market).positions ?? [];
    return Object.fromEntries(held.map(({ side, lots }) => [side, plain((lots * market.spec.stepUnits) / 1e8)]));
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
  }
}

/** A number or decimal text without trailing zeros, so that `1.50`, `1.5` and 1.5 compare equal. */
export function plain(value: unknown): string {
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const [whole = '0', fraction = ''] = text.split('.');
  const trimmed = fraction.replace(/0+$/, '');
  const number = trimmed === '' ? whole : `${whole}.${trimmed}`;
  return number === '-0' ? '0' : number;
}
