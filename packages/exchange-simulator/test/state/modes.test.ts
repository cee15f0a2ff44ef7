import { expect, it } from '@jest/globals';
import { type Loose, TestVenue } from '../kit.ts';

const FILE = 'venue.state';
const SYMBOL = 'SOLUSDT';

function dumped(test: TestVenue): string {
  expect(test.control('POST', 'dump', { file: FILE }).json).toEqual({ file: FILE });
  return Buffer.from(test.disk.readWhole(FILE)).toString();
}

it('keeps modes, assets, what was converted and asked for, past fundings and the fund', async () => {
  const before = await TestVenue.quiet({ insuranceFund: '100' });
  const [client, other] = [before.client('demo'), before.client('second')];
  const post = (path: string, values: Record<string, string | number | boolean>): Loose =>
    client.call('POST', `/fapi/v1/${path}`, values).json;
  post('multiAssetsMargin', { multiAssetsMargin: true });
  post('feeBurn', { feeBurn: true });
  before.control('POST', 'deposit', { account: 'demo', asset: 'BNB', amount: '1' });
  before.control('POST', 'asset-index', { asset: 'BNB', price: '800' });
  const { quoteId } = post('convert/getQuote', { fromAsset: 'USDT', toAsset: 'BTC', fromAmount: '9200' });
  const { orderId } = post('convert/acceptQuote', { quoteId });
  other.limit('SELL', '180', '10');
  client.limit('BUY', '180', '10');
  before.control('POST', 'funding', { symbol: SYMBOL, rate: '0.001', special: true });
  before.control('POST', 'insurance-fund', { amount: '250' });
  before.control('POST', 'algo', { triggerDelayMs: '500' });
  const stop = { algoType: 'CONDITIONAL', symbol: SYMBOL, side: 'SELL', type: 'STOP_MARKET', quantity: '1', triggerPrice: '170' };
  const { algoId } = post('algoOrder', { ...stop, workingType: 'MARK_PRICE' });
  before.control('POST', 'mark', { symbol: SYMBOL, price: '170' }); // on its way to become an order
  const { downloadId } = client.call('GET', '/fapi/v1/trade/asyn', {
    startTime: before.clock.nowMs - 1_000,
    endTime: before.clock.nowMs,
  }).json;
  const text = dumped(before);

  const after = await TestVenue.quiet({ insuranceFund: '100' });
  after.disk.files.set(FILE, Buffer.from(text));
  expect(await after.raw('POST', '/__sim/load', { authorization: 'Bearer token' }, JSON.stringify({ file: FILE }), 5090)).toMatchObject({
    status: 200,
  });
  expect(dumped(after)).toBe(text);

  const loaded = after.client('demo');
  const get = (path: string, values: Record<string, string | number> = {}): Loose => loaded.call('GET', `/fapi/${path}`, values).json;
  expect(get('v3/account')).toEqual(client.call('GET', '/fapi/v3/account').json);
  expect(get('v1/convert/orderStatus', { orderId })).toMatchObject({ orderStatus: 'SUCCESS', toAsset: 'BTC' });
  expect(after.now(after.raw('GET', `/fapi/v1/fundingRate?symbol=${SYMBOL}`)).json).toMatchObject([{ rateType: 'Special' }]);
  expect(after.now(after.raw('GET', '/fapi/v1/assetIndex?symbol=BNBUSD')).json.index).toBe('800.00000000');
  after.clock.advance(5_000);
  expect(get('v1/algoOrder', { algoId }).algoStatus).toBe('FINISHED');
  expect(get('v1/trade/asyn/id', { downloadId })).toMatchObject({ status: 'completed' });
});
