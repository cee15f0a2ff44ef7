/** Answers against the fields that the exchange's own connector declares for them, as its types are generated from the documentation. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/options/options.ts';
import { missingFields } from '../declared-fields.ts';
import { type Loose, type TestClient, TestVenue } from '../kit.ts';

/** Told only of a trailing stop, or of an account whose brackets were adjusted. */
const NOT_ALWAYS = ['activatePrice', 'priceRate', 'notionalCoef'];
const SYMBOL = { symbol: 'SOLUSDT' };
const SPAN = { startTime: 1, endTime: 2 };

let test: TestVenue;
let client: TestClient;
let ids: Record<string, string>;

beforeAll(async () => {
  test = await TestVenue.quiet({ insuranceFund: '0', limits: { ...DEFAULT_OPTIONS.limits, weightPerMinute: 1_000_000 } });
  client = test.client('demo');
  const other = test.client('second');
  other.limit('SELL', '180', '50');
  client.limit('BUY', '180', '50');
  const orderId = client.limit('BUY', '175', '1').json.orderId;
  client.call('PUT', '/fapi/v1/order', { ...SYMBOL, orderId, side: 'BUY', quantity: '1', price: '174', modifyId: 5 });
  const algo = { algoType: 'CONDITIONAL', ...SYMBOL, side: 'SELL', type: 'STOP_MARKET', quantity: '1', triggerPrice: '100' };
  const { algoId } = client.call('POST', '/fapi/v1/algoOrder', algo).json;
  const quote = { fromAsset: 'USDT', toAsset: 'BTC', fromAmount: '10' };
  const { quoteId } = client.call('POST', '/fapi/v1/convert/getQuote', quote).json;
  const convert = client.call('POST', '/fapi/v1/convert/acceptQuote', { quoteId }).json.orderId;
  const { downloadId } = client.call('GET', '/fapi/v1/order/asyn', SPAN).json;
  client.call('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' });
  test.control('POST', 'mark', { ...SYMBOL, price: '181', index: '180' });
  ids = { orderId, algoId, convert, downloadId };
});

type Row = readonly [type: string, path: string, values?: Record<string, string | number>, inside?: string];

const ANSWERS: readonly Row[] = [
  ['AccountInformationV3Response', 'v3/account'],
  ['AccountInformationV3ResponseAssetsInner', 'v3/account', {}, 'assets'],
  ['AccountInformationV3ResponsePositionsInner', 'v3/account', {}, 'positions'],
  ['AccountInformationV2Response', 'v2/account'],
  ['AccountInformationV2ResponsePositionsInner', 'v2/account', {}, 'positions'],
  ['FuturesAccountBalanceV2ResponseInner', 'v3/balance'],
  ['FuturesAccountConfigurationResponse', 'v1/accountConfig'],
  ['SymbolConfigurationResponseInner', 'v1/symbolConfig', SYMBOL],
  ['UserCommissionRateResponse', 'v1/commissionRate', SYMBOL],
  ['GetIncomeHistoryResponseInner', 'v1/income'],
  ['QueryUserRateLimitResponseInner', 'v1/rateLimit/order'],
  ['PositionInformationV2ResponseInner', 'v2/positionRisk', SYMBOL],
  ['PositionInformationV3ResponseInner', 'v3/positionRisk', SYMBOL],
  ['AccountTradeListResponseInner', 'v1/userTrades', SYMBOL],
  ['AllOrdersResponseInner', 'v1/allOrders', SYMBOL],
  ['CurrentAllOpenOrdersResponseInner', 'v1/openOrders', SYMBOL],
  ['QueryOrderResponse', 'v1/order', { ...SYMBOL, orderId: 'orderId' }],
  ['GetOrderModifyHistoryResponseInner', 'v1/orderAmendment', { ...SYMBOL, orderId: 'orderId' }],
  ['GetOrderModifyHistoryResponseInnerAmendment', 'v1/orderAmendment', { ...SYMBOL, orderId: 'orderId' }, 'amendment'],
  ['CurrentAllAlgoOpenOrdersResponseInner', 'v1/openAlgoOrders'],
  ['QueryAllAlgoOrdersResponseInner', 'v1/allAlgoOrders', SYMBOL],
  ['QueryAlgoOrderResponse', 'v1/algoOrder', { algoId: 'algoId' }],
  ['NotionalAndLeverageBracketsResponse1Inner', 'v1/leverageBracket', SYMBOL],
  ['NotionalAndLeverageBracketsResponse1InnerBracketsInner', 'v1/leverageBracket', SYMBOL, 'brackets'],
  ['PositionAdlQuantileEstimationResponseInner', 'v1/adlQuantile', SYMBOL],
  ['ClassicPortfolioMarginAccountInformationResponse', 'v1/pmAccountInfo', { asset: 'USDT' }],
  ['FuturesTradingQuantitativeRulesIndicatorsResponse', 'v1/apiTradingStatus'],
  ['ExchangeInformationResponse', 'v1/exchangeInfo'],
  ['ExchangeInformationResponseSymbolsInner', 'v1/exchangeInfo', {}, 'symbols'],
  ['ExchangeInformationResponseAssetsInner', 'v1/exchangeInfo', {}, 'assets'],
  ['OrderBookResponse', 'v1/depth', SYMBOL],
  ['RecentTradesListResponseInner', 'v1/trades', SYMBOL],
  ['OldTradesLookupResponseInner', 'v1/historicalTrades', SYMBOL],
  ['CompressedAggregateTradesListResponseInner', 'v1/aggTrades', SYMBOL],
  ['MarkPriceResponse1', 'v1/premiumIndex', SYMBOL],
  ['GetFundingRateHistoryResponseInner', 'v1/fundingRate', SYMBOL],
  ['Ticker24hrPriceChangeStatisticsResponse1', 'v1/ticker/24hr', SYMBOL],
  ['SymbolPriceTickerResponse2Inner', 'v1/ticker/price'],
  ['SymbolOrderBookTickerResponse2Inner', 'v1/ticker/bookTicker'],
  ['OpenInterestResponse', 'v1/openInterest', SYMBOL],
  ['AssetIndexResponse2Inner', 'v1/assetIndex'],
  ['QueryIndexPriceConstituentsResponse', 'v1/constituents', SYMBOL],
  ['QueryIndexPriceConstituentsResponseConstituentsInner', 'v1/constituents', SYMBOL, 'constituents'],
  ['QueryInsuranceFundBalanceSnapshotResponse2Inner', 'v1/insuranceBalance'],
  ['QueryInsuranceFundBalanceSnapshotResponse1AssetsInner', 'v1/insuranceBalance', {}, 'assets'],
  ['AdlRiskResponse2Inner', 'v1/symbolAdlRisk'],
  ['TradingScheduleResponse', 'v1/tradingSchedule'],
  ['ListAllConvertPairsResponseInner', 'v1/convert/exchangeInfo'],
  ['OrderStatusResponse', 'v1/convert/orderStatus', { orderId: 'convert' }],
  ['GetDownloadIdForFuturesOrderHistoryResponse', 'v1/trade/asyn', SPAN],
  ['GetFuturesTradeDownloadLinkByIdResponse', 'v1/order/asyn/id', { downloadId: 'downloadId' }],
];

const STATISTICS: readonly Row[] = [
  ['OpenInterestStatisticsResponseInner', 'openInterestHist', SYMBOL],
  ['TopTraderLongShortRatioAccountsResponseInner', 'topLongShortAccountRatio', SYMBOL],
  ['TopTraderLongShortRatioPositionsResponseInner', 'topLongShortPositionRatio', SYMBOL],
  ['LongShortRatioResponseInner', 'globalLongShortAccountRatio', SYMBOL],
  ['TakerBuySellVolumeResponseInner', 'takerlongshortRatio', SYMBOL],
  ['BasisResponseInner', 'basis', { pair: 'SOLUSDT', contractType: 'PERPETUAL' }],
];

function missing(type: string, answer: Loose): string[] {
  return missingFields(type, answer, NOT_ALWAYS);
}

describe('an answer', () => {
  it.each(ANSWERS)('has every field of %s: %s', (type, path, values = {}, inside = '') => {
    const known = Object.entries(values).map(([name, value]) => [name, ids[String(value)] ?? value]);
    const { status, json } = client.call('GET', `/fapi/${path}`, Object.fromEntries(known));
    expect(status).toBe(200);
    expect(missing(type, inside === '' ? json : (Array.isArray(json) ? json[0] : json)[inside])).toEqual([]);
  });

  it.each(STATISTICS)('has every field of %s: /futures/data/%s', (type, path, values = {}) => {
    const { status, json } = client.call('GET', `/futures/data/${path}`, { ...values, period: '5m' });
    expect(status).toBe(200);
    expect(missing(type, json)).toEqual([]);
  });

  it.each([
    ['AccountInformationResponseResult', 'account.status', ''],
    ['AccountInformationResponseResultPositionsInner', 'account.status', 'positions'],
    ['AccountInformationV2ResponseResult', 'v2/account.status', ''],
    ['AccountInformationV2ResponseResultAssetsInner', 'v2/account.status', 'assets'],
    ['AccountInformationV2ResponseResultPositionsInner', 'v2/account.status', 'positions'],
    ['FuturesAccountBalanceResponseResultInner', 'account.balance', ''],
    ['PositionInformationResponseResultInner', 'account.position', ''],
    ['PositionInformationV2ResponseResultInner', 'v2/account.position', ''],
    ['OrderBookResponseResult', 'depth', ''],
    ['SymbolPriceTickerResponse1Result', 'ticker.price', ''],
    ['SymbolOrderBookTickerResponse1Result', 'ticker.book', ''],
  ])('of the WS-API has every field of %s: %s', (type, method, inside) => {
    const socket = test.connect('/ws-fapi/v1');
    const { searchParams } = new URL(client.target('http://venue/', { ...SYMBOL, apiKey: client.key }, true));
    socket.send({ id: 1, method, params: Object.fromEntries(searchParams) });
    const [answer] = socket.take();
    expect(answer?.status).toBe(200);
    expect(missing(type, inside === '' ? answer?.result : answer?.result[inside])).toEqual([]);
  });

  it('to a test order is the order as it would be, and nothing is placed', () => {
    const order = { ...SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '170', quantity: '1', newClientOrderId: 'try' };
    const before = client.call('GET', '/fapi/v1/openOrders').json;
    const { status, json } = client.call('POST', '/fapi/v1/order/test', order);
    expect([status, json.clientOrderId, json.price]).toEqual([200, 'try', '170.0000']);
    expect(missing('TestOrderResponse', json)).toEqual([]);
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual(before);
    expect(client.call('POST', '/fapi/v1/order/test', { ...order, quantity: '1000000' }).json.code).toBe(-2027);
  });

  it('of a trailing stop tells how it trailed', () => {
    const trailing = { algoType: 'CONDITIONAL', ...SYMBOL, side: 'SELL', type: 'TRAILING_STOP_MARKET', quantity: '1', callbackRate: '1' };
    const { algoId } = client.call('POST', '/fapi/v1/algoOrder', { ...trailing, workingType: 'MARK_PRICE' }).json;
    const stream = client.userStream();
    test.control('POST', 'mark', { ...SYMBOL, price: '178' });
    const { actualOrderId: orderId } = client.call('GET', '/fapi/v1/algoOrder', { algoId }).json;
    expect(client.call('GET', '/fapi/v1/order', { ...SYMBOL, orderId }).json).toMatchObject({ activatePrice: '0.0000', priceRate: '1.0' });
    expect(stream.take().find(({ o }) => o?.x === 'NEW')).toMatchObject({ o: { ot: 'TRAILING_STOP_MARKET', AP: '0', cr: '1.0' } });
  });
});
