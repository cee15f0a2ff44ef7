/** Topics: `stream.EXCHANGE.account.` or `stream.EXCHANGE.account.SYMBOL.`; the final dot keeps prefixes apart. */

/** Account streams have one topic per account so that every consumer sees every sequence number. */
export const ACCOUNT_STREAMS = [
  'order',
  'answer',
  'engine',
  'account',
  'status',
  'position',
  'ledger',
  'command',
  'venue',
  'instrument',
] as const;
export const MARKET_STREAMS = ['ticker', 'depth', 'trade', 'mark'] as const;
/** Heartbeats: `hb.EXCHANGE.account.PROCESS.`, one per socket. */
export const HEARTBEAT_STREAM = 'hb';

export type AccountStream = (typeof ACCOUNT_STREAMS)[number];
export type MarketStream = (typeof MARKET_STREAMS)[number];

/** Long enough for the longest PROCESS_NAME with the channel behind it. */
const PART = /^[A-Za-z0-9_-]{1,80}$/;

function checked(part: string): string {
  if (!PART.test(part)) throw new RangeError(`not usable in a topic: ${JSON.stringify(part)}`);
  return part;
}

export function accountTopic(stream: AccountStream, exchange: string, account: string): string {
  return `${stream}.${checked(exchange)}.${checked(account)}.`;
}

/** `symbol` is the instrument id without its exchange, e.g. `BTCUSDT-PERP`; non-ASCII symbols are percent-encoded with `_` for `%`. */
export function marketTopic(stream: MarketStream, exchange: string, account: string, symbol: string): string {
  const safe = PART.test(symbol) ? symbol : encodeURIComponent(symbol).replaceAll('%', '_').replaceAll('.', '_2E');
  return `${stream}.${checked(exchange)}.${checked(account)}.${checked(safe)}.`;
}

/** `channel` tells the sockets of one process apart, e.g. `trading_engine_binance-6002`. */
export function heartbeatTopic(exchange: string, account: string, channel: string): string {
  return `${HEARTBEAT_STREAM}.${checked(exchange)}.${checked(account)}.${checked(channel)}.`;
}

export function streamOf(topic: string): string {
  const dot = topic.indexOf('.');
  return dot === -1 ? topic : topic.slice(0, dot);
}
