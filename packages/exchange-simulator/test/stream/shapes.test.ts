/** Frames against the fields that the exchange's own connector declares for them, as its types are generated from the documentation. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { missingFields } from '../declared-fields.ts';
import { type Loose, TestVenue } from '../kit.ts';

const STREAMS = ['aggTrade', 'markPrice@1s', 'kline_1m', 'miniTicker', 'ticker'].map((kind) => `solusdt@${kind}`);
const ARRAYS = ['!forceOrder@arr', '!contractInfo', '!assetIndex@arr', 'solusdt_perpetual@continuousKline_1m'];
const PUBLIC = ['bookTicker', 'depth@100ms', 'depth5@100ms'].map((kind) => `solusdt@${kind}`);

/** The last frame of each stream, and the last user event of each type. */
const seen = new Map<string, Loose>();

beforeAll(async () => {
  const test = await TestVenue.quiet();
  const [client, other] = [test.client('demo'), test.client('second')];
  const user = client.userStream();
  const sockets = [
    test.connect(`/market/stream?streams=${[...STREAMS, ...ARRAYS].join('/')}`),
    test.connect(`/public/stream?streams=${PUBLIC.join('/')}`),
  ];
  other.limit('SELL', '180', '50');
  client.limit('BUY', '180', '50');
  client.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 21 });
  const stop = { algoType: 'CONDITIONAL', symbol: 'SOLUSDT', side: 'SELL', type: 'STOP_MARKET', quantity: '1', triggerPrice: '100' };
  client.call('POST', '/fapi/v1/algoOrder', stop);
  test.clock.advance(2_000);
  test.control('POST', 'deposit', { account: 'demo', amount: '-98990' });
  for (const price of ['160.6', '150']) test.control('POST', 'mark', { symbol: 'SOLUSDT', price });
  test.control('POST', 'status', { symbol: 'SOLUSDT', status: 'TRADING_HALT' });
  for (const event of user.take()) seen.set(event.e, event);
  const frames = sockets.flatMap((socket) => socket.take());
  for (const { stream, data } of frames) seen.set(stream, Array.isArray(data) ? data[0] : data);
});

/** Told only of a change, of a trailing stop, of funding, or of the other setting. */
const NOT_ALWAYS = ['M', 'AP', 'cr', 'S', 'ai', 'ia'];

describe('a frame', () => {
  it.each([
    ['AggregateTradeStreamsResponse', 'solusdt@aggTrade', ''],
    ['MarkPriceStreamResponse', 'solusdt@markPrice@1s', ''],
    ['KlineCandlestickStreamsResponse', 'solusdt@kline_1m', ''],
    ['KlineCandlestickStreamsResponseK', 'solusdt@kline_1m', 'k'],
    ['IndividualSymbolMiniTickerStreamResponse', 'solusdt@miniTicker', ''],
    ['IndividualSymbolTickerStreamsResponse', 'solusdt@ticker', ''],
    ['AllMarketLiquidationOrderStreamsResponse', '!forceOrder@arr', ''],
    ['AllMarketLiquidationOrderStreamsResponseO', '!forceOrder@arr', 'o'],
    ['ContractInfoStreamResponse', '!contractInfo', ''],
    ['ContractInfoStreamResponseBksInner', '!contractInfo', 'bks'],
    ['AssetIndexResponseInner', '!assetIndex@arr', ''],
    ['ContinuousContractKlineCandlestickStreamsResponse', 'solusdt_perpetual@continuousKline_1m', ''],
    ['ContinuousContractKlineCandlestickStreamsResponseK', 'solusdt_perpetual@continuousKline_1m', 'k'],
    ['IndividualSymbolBookTickerStreamsResponse', 'solusdt@bookTicker', ''],
    ['DiffBookDepthStreamsResponse', 'solusdt@depth@100ms', ''],
    ['PartialBookDepthStreamsResponse', 'solusdt@depth5@100ms', ''],
    ['OrderTradeUpdate', 'ORDER_TRADE_UPDATE', ''],
    ['OrderTradeUpdateO', 'ORDER_TRADE_UPDATE', 'o'],
    ['AccountUpdate', 'ACCOUNT_UPDATE', ''],
    ['AccountUpdateA', 'ACCOUNT_UPDATE', 'a'],
    ['TradeLite', 'TRADE_LITE', ''],
    ['MarginCall', 'MARGIN_CALL', ''],
    ['MarginCallPInner', 'MARGIN_CALL', 'p'],
    ['AlgoUpdate', 'ALGO_UPDATE', ''],
    ['AlgoUpdateO', 'ALGO_UPDATE', 'o'],
    ['AccountConfigUpdate', 'ACCOUNT_CONFIG_UPDATE', ''],
    ['AccountConfigUpdateAc', 'ACCOUNT_CONFIG_UPDATE', 'ac'],
  ])('has every field of %s: %s', (type, name, inside) => {
    const frame = seen.get(name);
    expect(frame).toBeDefined();
    expect(missingFields(type, inside === '' ? frame : frame[inside], NOT_ALWAYS)).toEqual([]);
  });
});
