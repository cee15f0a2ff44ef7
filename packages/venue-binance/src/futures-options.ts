/** What the futures adapters are told: where the venue is, whose account, how long to wait. Also the table of known hosts. */
import type { Ports, Secret } from '@fillwright/runtime/ports';
import type { AdapterObserver } from '@fillwright/venue';
import type { CredentialRefresh } from './common/live-credentials.ts';
import type { AuthMethod } from './common/sign.ts';
import type { OrderTransport } from './http/command-transport.ts';
import type { OrderBatching } from './http/order-batches.ts';
import type { SelfTradeMode } from './http/order-params.ts';
import type { RateGateOptions } from './http/rate-gate.ts';
import type { LivenessOptions } from './websocket/liveness.ts';

export type AdapterPorts = Pick<Ports, 'clock' | 'random' | 'http' | 'webSocket' | 'log'>;

export interface FuturesHosts {
  readonly baseUrl: string;
  readonly wsPublicUrl: string;
  readonly wsMarketUrl: string;
  readonly wsPrivateUrl: string;
  readonly wsApiUrl: string;
}

/** The routes are part of the WebSocket base since April 2026; a stream on the wrong route stays silent. */
export const FUTURES_HOSTS = {
  live: {
    baseUrl: 'https://fapi.binance.com',
    wsPublicUrl: 'wss://fstream.binance.com/public',
    wsMarketUrl: 'wss://fstream.binance.com/market',
    wsPrivateUrl: 'wss://fstream.binance.com/private',
    wsApiUrl: 'wss://ws-fapi.binance.com/ws-fapi/v1',
  },
  /** The documentation names `demo-fstream.binance.com` for streams, the official connector this host: both can be configured. */
  testnet: {
    baseUrl: 'https://demo-fapi.binance.com',
    wsPublicUrl: 'wss://fstream.binancefuture.com/public',
    wsMarketUrl: 'wss://fstream.binancefuture.com/market',
    wsPrivateUrl: 'wss://fstream.binancefuture.com/private',
    wsApiUrl: 'wss://testnet.binancefuture.com/ws-fapi/v1',
  },
} as const satisfies Readonly<Record<string, FuturesHosts>>;

export interface FuturesExecutionOptions {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly wsPrivateUrl: string;
  /** Tried in turn with the first after repeated failures to connect. */
  readonly wsPrivateBackupUrl?: string;
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  /** Default AUTO: by the kind of key. */
  readonly authMethod?: AuthMethod;
  /** Default 5000. Never widened by itself: a late order is worse than a refused one. */
  readonly recvWindowMs?: number;
  /** Default 5000: commands that change orders. An answer later than that is no use; the engine asks. */
  readonly commandTimeoutMs?: number;
  /** Default 10000: questions. */
  readonly queryTimeoutMs?: number;
  /** Default 10000: opening a WebSocket. */
  readonly connectTimeoutMs?: number;
  /** Default 1, at most 8: connections of the private stream at the same time. With a second address they take the two in turn. */
  readonly privateStreams?: number;
  /** Default 4 MiB: a larger WebSocket message closes its connection. */
  readonly maxMessageBytes?: number;
  /** Default 1000: the first wait before a new connection to the WebSocket API; it doubles up to 30 s. */
  readonly reconnectMs?: number;
  /** Default 0: HTTP connections that are opened at the start and kept open, so that no order waits for a handshake. */
  readonly warmConnections?: number;
  /** Where keys may be changed while we run. Absent: they stay as they are. */
  readonly refresh?: CredentialRefresh;
  /** Default rest. */
  readonly orderTransport?: OrderTransport;
  /** Default off: each order is a request of its own. */
  readonly orderBatching?: OrderBatching;
  /** Address of the WebSocket API; needed unless orders go over REST only. */
  readonly wsApiUrl?: string;
  /** Default 8: commands on their way at once over the WebSocket API. */
  readonly wsInFlight?: number;
  /** Our part of the venue's limits, and ceilings of our own. Default: all of them, and none. */
  readonly limits?: RateGateOptions;
  /** Default EXPIRE_MAKER. */
  readonly selfTradePreventionMode?: SelfTradeMode;
  readonly liveness?: LivenessOptions;
  readonly observer?: AdapterObserver;
}

export interface FuturesMarketOptions {
  readonly baseUrl: string;
  readonly wsPublicUrl: string;
  readonly wsMarketUrl: string;
  /** Default 10000. */
  readonly queryTimeoutMs?: number;
  /** Default 10000. */
  readonly connectTimeoutMs?: number;
  readonly liveness?: LivenessOptions;
  /** Default 4 MiB: a larger WebSocket message closes its connection. */
  readonly maxMessageBytes?: number;
  /** Default 1000: the first wait before a new connection; it doubles up to 30 s. */
  readonly reconnectMs?: number;
  /** Our part of the address' request weight. Default: all of it. */
  readonly limits?: RateGateOptions;
  readonly observer?: AdapterObserver;
}

export const DEFAULT_RECV_WINDOW_MS = 5_000;
export const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;
export const DEFAULT_QUERY_TIMEOUT_MS = 10_000;
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
export const DEFAULT_WS_IN_FLIGHT = 8;
