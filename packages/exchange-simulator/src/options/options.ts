/** What a simulated venue is made of. Every value has a default that makes the demo; tests and the INI override some. */
import type { ServerTls } from '@fillwright/runtime/ports';
import type { ClockOptions } from '../clock/clock-options.ts';
import type { AccountUpdateOrder } from '../engine/events.ts';
import type { FaultRule } from '../fault/fault-desk.ts';
import type { IncidentKind } from '../fault/storm-incidents.ts';
import { CONNECTIONS_PER_5_MINUTES, FUNDING_PER_5_MINUTES, type LimitOptions } from '../http/rate-limits.ts';
import type { AssetOptions } from '../market/margin-assets.ts';
import type { SymbolOptions } from '../market/symbol-spec.ts';
import type { PaperOptions } from '../paper/paper.ts';

export interface AccountOptions {
  readonly name: string;
  readonly apiKey: string;
  /** For HMAC keys. */
  readonly apiSecret?: string;
  /** PEM of the public key, for RSA and Ed25519 keys. */
  readonly publicKeyPem?: string;
  readonly balanceUsdt: string;
  /** What it has of other assets at the start, by asset. */
  readonly otherBalances?: Readonly<Record<string, string>>;
  /** Share of the notional; defaults 0.0002 and 0.0005. */
  readonly makerFee?: string;
  readonly takerFee?: string;
}

/** Delays outside of the core, in milliseconds; within one connection the order is kept. */
export interface DelayOptions {
  /** From the executed request to its answer. */
  readonly replyMs: number;
  /** User events. */
  readonly userMs: number;
  /** Market data frames. */
  readonly marketMs: number;
  /** Up to this much is added to each, by seed. */
  readonly jitterMs: number;
}

export interface StreamOptions {
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  /** Life of a connection. */
  readonly lifeMs: number;
  readonly messagesPerSecond: number;
  readonly streamsPerConnection: number;
  readonly listenKeyLifeMs: number;
  /** A client that reads slower than it is sent to is cut at this many waiting bytes. */
  readonly maxBufferedBytes: number;
}

export interface SimulatorOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly futuresPort: number;
  /** Always on loopback. */
  readonly controlPort: number;
  /** Bearer token of the control API; absent = made at start. */
  readonly controlToken?: string;
  /** Same seed, same inputs, same clock: same bytes. */
  readonly seed: string;
  /** Orders and trades (each by symbol) and rows of income that an account's history holds; the oldest go first. */
  readonly historyKept: number;
  readonly accounts: readonly AccountOptions[];
  readonly symbols: readonly SymbolOptions[];
  readonly limits: LimitOptions;
  /** Fault rules from the start on. */
  readonly faults: readonly Omit<FaultRule, 'id' | 'struck'>[];
  /** Faults by seed: so many a minute, of these kinds (none named = all). */
  readonly storm: { readonly perMinute: number; readonly kinds: readonly IncidentKind[] };
  readonly delays: DelayOptions;
  readonly streams: StreamOptions;
  /** What may be margin in multi-assets mode; absent = USDT, USDC, BTC, ETH and BNB. */
  readonly marginAssets?: readonly AssetOptions[];
  /** Money of the insurance fund in each asset; absent = without bound, nobody is ever deleveraged. */
  readonly insuranceFund?: string;
  readonly accountUpdateOrder: AccountUpdateOrder;
  /** `avgPrice` and `cumQuote` in replies to order commands, as before June 2026. */
  readonly legacyOrderReply: boolean;
  /** Self-trade prevention of `POST order` when the client sends none. */
  readonly defaultStp: 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH';
  /** With it the futures listener speaks https and wss; the control API stays plain, on loopback. */
  readonly tls?: ServerTls;
  readonly clock: ClockOptions;
  /** The real exchange that symbols with `flow: 'paper'` follow. */
  readonly paper: PaperOptions;
  /** Venue clock minus the clock it runs on. */
  readonly clockSkewMs: number;
  /** Loaded at the start when it is there, written at an orderly stop; relative to the process' data directory. */
  readonly stateFile?: string;
  /** Without a state to go on from, ids of orders and trades begin after those of every earlier start, by the clock; else always at the first. */
  readonly freshIds?: boolean;
  /** File for the venue log, relative to the process' data directory. */
  readonly venueLog?: string;
}

export const SYMBOL_DEFAULTS = {
  quoteAsset: 'USDT',
  pricePrecision: 2,
  quantityPrecision: 3,
  minQty: '0.001',
  maxQty: '1000',
  marketMaxQty: '120',
  multiplierUp: '1.0500',
  multiplierDown: '0.9500',
  marketTakeBound: '0.05',
  triggerProtect: '0.0500',
  liquidationFee: '0.012500',
  firstTradeId: 6_100_000_001,
  flow: 'walk',
  flowRate: 8,
} as const;

/** BTCUSDT and ETHUSDT move, SOLUSDT is quiet and empty; ids of ETHUSDT are beyond what a double can hold. */
export const DEMO_SYMBOLS: readonly SymbolOptions[] = [
  {
    ...SYMBOL_DEFAULTS,
    ...{ symbol: 'BTCUSDT', baseAsset: 'BTC', tickSize: '0.10', stepSize: '0.001', minPrice: '261.10', maxPrice: '809484' },
    ...{ minNotional: '50', markPrice: '92000', firstOrderId: '812345678901' },
  },
  {
    ...SYMBOL_DEFAULTS,
    ...{ symbol: 'ETHUSDT', baseAsset: 'ETH', tickSize: '0.01', stepSize: '0.001', minPrice: '18.67', maxPrice: '306177' },
    ...{ maxQty: '10000', marketMaxQty: '2000', minNotional: '20', markPrice: '3100', firstOrderId: '8389765700000000001' },
  },
  {
    ...SYMBOL_DEFAULTS,
    ...{ symbol: 'SOLUSDT', baseAsset: 'SOL', tickSize: '0.0100', stepSize: '0.01', minPrice: '0.4200', maxPrice: '6857' },
    ...{ pricePrecision: 4, quantityPrecision: 2, minQty: '0.01', maxQty: '1000000', marketMaxQty: '5000', minNotional: '5' },
    ...{ markPrice: '180', firstOrderId: '191234567801', flow: 'none' },
  },
];

export const DEMO_ACCOUNTS: readonly AccountOptions[] = [
  {
    name: 'demo',
    apiKey: 'fillwrightdemokey00000000000000000000000000000000000000000000main',
    apiSecret: 'fillwrightdemosecret000000000000000000000000000000000000000000main',
    balanceUsdt: '100000',
  },
  {
    name: 'second',
    apiKey: 'fillwrightdemokey0000000000000000000000000000000000000000000second',
    apiSecret: 'fillwrightdemosecret00000000000000000000000000000000000000000second',
    balanceUsdt: '100000',
  },
];

export const DEFAULT_OPTIONS: SimulatorOptions = {
  host: '127.0.0.1',
  futuresPort: 5080,
  controlPort: 5090,
  seed: '1',
  historyKept: 20_000,
  accounts: DEMO_ACCOUNTS,
  symbols: DEMO_SYMBOLS,
  limits: {
    ...{ weightPerMinute: 2_400, ordersPer10Seconds: 300, ordersPerMinute: 1_200, strikesToBan: 10, banMs: 120_000 },
    ...{ connectionsPer5Minutes: CONNECTIONS_PER_5_MINUTES, fundingPer5Minutes: FUNDING_PER_5_MINUTES },
  },
  faults: [],
  storm: { perMinute: 0, kinds: [] },
  delays: { replyMs: 0, userMs: 0, marketMs: 0, jitterMs: 0 },
  streams: {
    pingIntervalMs: 180_000,
    pongTimeoutMs: 600_000,
    lifeMs: 86_400_000,
    messagesPerSecond: 10,
    streamsPerConnection: 1_024,
    listenKeyLifeMs: 3_600_000,
    maxBufferedBytes: 8 * 1024 * 1024,
  },
  accountUpdateOrder: 'seeded',
  legacyOrderReply: false,
  defaultStp: 'EXPIRE_MAKER',
  clock: { mode: 'real' },
  paper: { restUrl: 'https://fapi.binance.com', streamUrl: 'wss://fstream.binance.com', silenceMs: 15_000 },
  clockSkewMs: 0,
};

/** The demo venue with some values changed. */
export function simulatorOptions(changes: Partial<SimulatorOptions> = {}): SimulatorOptions {
  return { ...DEFAULT_OPTIONS, ...changes };
}
