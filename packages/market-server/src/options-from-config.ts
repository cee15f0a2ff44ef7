/** From the keys of the INI file to what the market-server and its adapter are told. */
import { parseAccountId } from '@fillwright/domain';
import type { MarketServerConfig, Ports } from '@fillwright/runtime';
import type { AdapterObserver, MarketAdapter } from '@fillwright/venue';
import { venueOf } from '@fillwright/venue-binance';
import type { MarketServerOptions } from './options.ts';

export function optionsFromConfig(config: MarketServerConfig): MarketServerOptions {
  const { GLOBAL, ZMQ, MARKET, WEBSOCKET } = config;
  return {
    processName: GLOBAL.PROCESS_NAME,
    exchange: GLOBAL.EXCHANGE_NAME,
    account: parseAccountId(GLOBAL.ACCOUNT_ID),
    endpoints: {
      market: ZMQ.MARKET_PUB_ENDPOINT,
      service: ZMQ.SERVICE_ENDPOINT,
      engines: ZMQ.ENGINE_SUB_ENDPOINT,
    },
    // Twice in the file is once on the wire.
    symbols: [...new Set(MARKET.SYMBOLS)],
    depthLevels: MARKET.DEPTH_LEVELS,
    reconnectAlarmAfter: WEBSOCKET.WS_MAX_RECONNECT_ATTEMPTS,
  };
}

export function adapterFromConfig(config: MarketServerConfig, ports: Ports, observer: AdapterObserver = {}): MarketAdapter {
  const { GLOBAL, HTTP_API, WEBSOCKET } = config;
  const venue = venueOf(GLOBAL.EXCHANGE_NAME, GLOBAL.ASSET_TYPE);
  return venue.createMarket(ports, {
    baseUrl: HTTP_API.HTTP_BASE_URL,
    wsPublicUrl: WEBSOCKET.WS_PUBLIC_URL,
    wsMarketUrl: WEBSOCKET.WS_MARKET_URL,
    queryTimeoutMs: HTTP_API.HTTP_TIMEOUT_MS,
    connectTimeoutMs: WEBSOCKET.WS_CONNECTION_TIMEOUT_MS,
    reconnectMs: WEBSOCKET.WS_RECONNECT_INTERVAL_MS,
    maxMessageBytes: WEBSOCKET.WS_MAX_MESSAGE_SIZE_KB * 1024,
    liveness: { quietMs: WEBSOCKET.WS_PING_INTERVAL_MS, patienceMs: WEBSOCKET.WS_PONG_TIMEOUT_MS },
    limits: { weightShare: HTTP_API.IP_WEIGHT_SHARE.toNumber() },
    observer,
  });
}
