/** From the keys of the INI file to what the engine and its adapter are told. */
import { parseAccountId } from '@fillwright/domain';
import type { SilencePolicy } from '@fillwright/messages';
import { type EngineConfig, type Ports, Secret } from '@fillwright/runtime';
import type { Secrets } from '@fillwright/runtime/ports';
import type { AdapterObserver, ExecutionAdapter } from '@fillwright/venue';
import { type ApiKeys, venueOf } from '@fillwright/venue-binance';
import type { EngineOptions } from './options.ts';
import { VenueGuard } from './venue-guard.ts';

/** Marks come every second and the ledger speaks every second: five missed ones are not a hiccup. */
const STALE_MS = 5_000;
/** What stop may spend on cancelling. */
const STOP_BUDGET_MS = 3_000;
/** The whole stop of the process: cancels, those of a journal that broke meanwhile, the dead man's switch, and the rest. */
export const PROCESS_STOP_BUDGET_MS = 3 * STOP_BUDGET_MS;

export function optionsFromConfig(config: EngineConfig): EngineOptions {
  const { GLOBAL, ZMQ, ORDER_MANAGEMENT, RISK_MANAGEMENT, WEBSOCKET, PERFORMANCE, JOURNAL } = config;
  return {
    processName: GLOBAL.PROCESS_NAME,
    exchange: GLOBAL.EXCHANGE_NAME,
    account: parseAccountId(GLOBAL.ACCOUNT_ID),
    endpoints: {
      orderEvents: ZMQ.ORDER_EVENTS_PUB_ENDPOINT,
      tradeEvents: ZMQ.TRADE_EVENTS_PUB_ENDPOINT,
      orderStatus: ZMQ.ORDER_STATUS_PUB_ENDPOINT,
      service: ZMQ.SERVICE_ENDPOINT,
      traders: ZMQ.TRADER_SUB_ENDPOINT,
      positionServer: ZMQ.POSITION_SERVER_SUB_ENDPOINT,
      market: ZMQ.MARKET_SUB_ENDPOINT,
    },
    journalFolder: 'journal',
    journalSync: JOURNAL.JOURNAL_SYNC,
    backlogBytes: JOURNAL.JOURNAL_BACKLOG_MB * 1024 * 1024,
    orders: {
      perSecond: ORDER_MANAGEMENT.MAX_ORDERS_PER_SECOND,
      inFlight: ordersInFlight(config),
      queriesInFlight: PERFORMANCE.MESSAGE_PROCESSING_THREADS,
      queueBound: ORDER_MANAGEMENT.ORDER_QUEUE_SIZE,
      retries: ORDER_MANAGEMENT.RETRY_FAILED_ORDERS ? ORDER_MANAGEMENT.MAX_ORDER_RETRIES : 0,
      expiredAsCanceled: ORDER_MANAGEMENT.EXPIRED_AS_CANCELED,
    },
    risk: {
      maxPositionPerSymbol: RISK_MANAGEMENT.MAX_POSITION_PER_SYMBOL,
      maxPositionSize: RISK_MANAGEMENT.MAX_POSITION_SIZE,
      staleMs: STALE_MS,
    },
    watches: {
      deadManCountdownMs: RISK_MANAGEMENT.DEAD_MAN_COUNTDOWN_MS,
      deadManRefreshMs: RISK_MANAGEMENT.DEAD_MAN_REFRESH_MS,
      traderSilenceMs: RISK_MANAGEMENT.TRADER_SILENCE_MS,
      traderPolicy: RISK_MANAGEMENT.TRADER_SILENCE_POLICY,
      traderPolicies: policiesByTag(RISK_MANAGEMENT.TRADER_SILENCE_POLICIES),
      maxClockOffsetMs: RISK_MANAGEMENT.MAX_CLOCK_OFFSET_MS,
    },
    streamBuffer: WEBSOCKET.WS_MESSAGE_BUFFER_SIZE,
    reconnectMs: WEBSOCKET.WS_RECONNECT_INTERVAL_MS,
    reconnectAlarmAfter: WEBSOCKET.WS_MAX_RECONNECT_ATTEMPTS,
    flattenOnStop: ORDER_MANAGEMENT.FLATTEN_ON_STOP,
    stopBudgetMs: STOP_BUDGET_MS,
  };
}

/** What would not fit into the one connection that orders may go over waits for its turn, like the rest. */
function ordersInFlight({ ORDER_MANAGEMENT, WEBSOCKET }: EngineConfig): number {
  const { ORDER_TRANSPORT, ORDER_PROCESSING_THREADS } = ORDER_MANAGEMENT;
  return ORDER_TRANSPORT === 'ws' ? Math.min(ORDER_PROCESSING_THREADS, WEBSOCKET.WS_PROCESSING_THREADS) : ORDER_PROCESSING_THREADS;
}

/** `q1=keep` … as the spec has checked them. */
function policiesByTag(entries: readonly string[]): ReadonlyMap<string, SilencePolicy> {
  return new Map(entries.map((entry) => entry.split('=') as [tag: string, policy: SilencePolicy]));
}

/** The keys as they are now: of the environment or the file that it names, else those of the INI file as it was read at the start. */
export function currentKeys({ GLOBAL }: EngineConfig, secrets: Secrets): ApiKeys {
  const now = (name: string, atStart: Secret): Secret => {
    const text = secrets.environment(`${GLOBAL.EXCHANGE_NAME}_${name}`);
    return text === undefined ? atStart : new Secret(text);
  };
  return { apiKey: now('API_KEY', GLOBAL.API_KEY), apiSecret: now('API_SECRET', GLOBAL.API_SECRET) };
}

/** An adapter that keeps quiet while the venue wants it to. */
export function adapterFromConfig(
  config: EngineConfig,
  ports: Ports,
  observer: AdapterObserver = {},
  readKeys?: () => ApiKeys,
): ExecutionAdapter {
  const { GLOBAL, HTTP_API, WEBSOCKET, ORDER_MANAGEMENT, PERFORMANCE } = config;
  const venue = venueOf(GLOBAL.EXCHANGE_NAME, GLOBAL.ASSET_TYPE);
  const guard = new VenueGuard(ports.clock);
  const adapter = venue.createExecution(ports, {
    baseUrl: HTTP_API.HTTP_BASE_URL,
    wsPrivateUrl: WEBSOCKET.WS_PRIVATE_URL,
    ...(WEBSOCKET.WS_PRIVATE_BACKUP_URL && { wsPrivateBackupUrl: WEBSOCKET.WS_PRIVATE_BACKUP_URL }),
    orderTransport: ORDER_MANAGEMENT.ORDER_TRANSPORT,
    orderBatching: ORDER_MANAGEMENT.ORDER_BATCH,
    wsApiUrl: WEBSOCKET.WS_API_URL,
    wsInFlight: WEBSOCKET.WS_PROCESSING_THREADS,
    apiKey: GLOBAL.API_KEY,
    apiSecret: GLOBAL.API_SECRET,
    authMethod: HTTP_API.AUTH_METHOD === 'HMAC_SHA256' ? 'HMAC' : HTTP_API.AUTH_METHOD,
    recvWindowMs: HTTP_API.SIGNATURE_TIMESTAMP_TOLERANCE_MS,
    commandTimeoutMs: ORDER_MANAGEMENT.ORDER_TIMEOUT_MS,
    queryTimeoutMs: HTTP_API.HTTP_TIMEOUT_MS,
    connectTimeoutMs: WEBSOCKET.WS_CONNECTION_TIMEOUT_MS,
    reconnectMs: WEBSOCKET.WS_RECONNECT_INTERVAL_MS,
    liveness: { quietMs: WEBSOCKET.WS_PING_INTERVAL_MS, patienceMs: WEBSOCKET.WS_PONG_TIMEOUT_MS },
    maxMessageBytes: WEBSOCKET.WS_MAX_MESSAGE_SIZE_KB * 1024,
    privateStreams: PERFORMANCE.WEBSOCKET_POOL_SIZE,
    // Half of the pool stays for what has more to say than a ping.
    warmConnections: Math.min(PERFORMANCE.HTTP_WARM_CONNECTIONS, Math.floor(PERFORMANCE.HTTP_POOL_SIZE / 2)),
    ...(readKeys && { refresh: { everyMs: HTTP_API.REFRESH_CREDENTIALS_INTERVAL_MS, read: readKeys } }),
    limits: {
      weightShare: HTTP_API.IP_WEIGHT_SHARE.toNumber(),
      requestsPerMinute: HTTP_API.API_REQUESTS_PER_MINUTE,
      pace: { perSecond: HTTP_API.API_REQUESTS_PER_SECOND, burst: HTTP_API.API_BURST_LIMIT },
    },
    observer: {
      ...observer,
      onBan: (untilTs, text) => {
        guard.banned(untilTs);
        observer.onBan?.(untilTs, text);
      },
    },
  });
  return guard.guard(adapter);
}
