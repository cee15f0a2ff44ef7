/** `[HTTP_API]` and `[WEBSOCKET]` keys that engine and market-server share: how connections to the exchange behave. */
import { decimalNumber, integer, milliseconds, url } from '../kinds.ts';

export const httpBaseUrl = url(['https', 'http'], {
  doc: 'REST address of the exchange.',
  when: 'Simulator, testnet or live: take the file from `config/`, `config/testnet/` or `config/live/`.',
  default: 'http://127.0.0.1:5080',
});

export const httpTimeout = milliseconds({
  doc: 'Longest wait for a whole answer; then the outcome of the request is unknown, not failed.',
  when: 'Longer on a slow line. For orders a short timeout only makes more unknown outcomes to clear up.',
  default: '5000',
  min: 100,
  max: 60_000,
});

export const ipWeightShare = decimalNumber({
  doc: "This process' share of the exchange's request weight per IP address, 0 to 1; all processes behind one address together stay at 1. What has no room in it waits for the next window; a part of it is kept for cancels.",
  when: 'When more processes, or other programs, use the same address.',
  default: '0.5',
  min: '0.05',
  max: '1',
});

/** Reconnect keys. Their names suggest giving up; a trading process never does. */
export const reconnecting = {
  WS_RECONNECT_INTERVAL_MS: milliseconds({
    doc: 'First delay before a new connection; it doubles with jitter up to 30 s.',
    when: 'Rarely.',
    default: '1000',
    min: 10,
    max: 30_000,
  }),
  WS_PING_INTERVAL_MS: milliseconds({
    doc: 'Time between two pings of ours on an otherwise silent connection.',
    when: 'Shorter to notice a dead line sooner.',
    default: '15000',
    min: 1_000,
    max: 180_000,
  }),
  WS_PONG_TIMEOUT_MS: milliseconds({
    doc: 'Longest wait for the pong; then the connection counts as dead and is replaced.',
    when: 'Longer on a slow line.',
    default: '10000',
    min: 500,
    max: 60_000,
  }),
  WS_MAX_RECONNECT_ATTEMPTS: integer({
    doc: 'Failed attempts after which the process is *degraded* and alarms. It never stops trying.',
    when: 'Smaller to hear of trouble sooner.',
    default: '10',
    min: 1,
    max: 1_000,
  }),
  WS_CONNECTION_TIMEOUT_MS: milliseconds({
    doc: 'Longest wait for a connection to open.',
    when: 'Longer on a slow line.',
    default: '10000',
    min: 500,
    max: 60_000,
  }),
  WS_MAX_MESSAGE_SIZE_KB: integer({
    doc: 'Largest message accepted; a larger one closes the connection.',
    when: 'Only when the exchange grows its messages.',
    unit: 'KiB',
    default: '1024',
    min: 16,
    max: 65_536,
  }),
};

/** Routes of Binance futures since 2026-04: a stream on the wrong one opens and stays silent. */
export const publicStreams = {
  WS_PUBLIC_URL: url(['wss', 'ws'], {
    doc: 'Address of the public route: book ticker, depth and trades.',
    when: 'Together with HTTP_BASE_URL.',
    default: 'ws://127.0.0.1:5080/public',
  }),
  WS_MARKET_URL: url(['wss', 'ws'], {
    doc: 'Address of the market route: aggregate trades, mark prices, candles.',
    when: 'Together with HTTP_BASE_URL.',
    default: 'ws://127.0.0.1:5080/market',
  }),
};
