/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { WebsocketAPIClient } from 'binance';
import { describeAccess } from './clients/access.ts';
import type { Loose } from './clients/client-under-test.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeModes } from './clients/modes.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';
import { tiagosieblerClient } from './clients/tiagosiebler-client.ts';
import { describeWebSocketApi } from './clients/web-socket-api.ts';

describe(tiagosieblerClient.name, () => {
  describeOrderLife(tiagosieblerClient);
  describeRefusals(tiagosieblerClient);
  describeConditional(tiagosieblerClient);
  describeStreams(tiagosieblerClient);
  describeAccess(tiagosieblerClient);
  describeModes(tiagosieblerClient);
});

describeWebSocketApi(tiagosieblerClient, async (venue) => {
  const { key, secret } = venue.credentials('demo');
  const silent = () => {};
  const client: Loose = new WebsocketAPIClient(
    { api_key: key, api_secret: secret, wsUrl: venue.ws, attachEventListeners: false },
    { trace: silent, info: silent, error: silent },
  );
  client.getWSClient().on('exception', silent);
  const timed = (params: object) => ({ ...params, timestamp: Math.floor(venue.clock.wallUs() / 1000) });
  const answer = async (call: Promise<{ result: Loose }>) => (await call).result;
  return {
    place: (order) => answer(client.submitNewFuturesOrder('usdm', timed({ ...order, newOrderRespType: 'RESULT' }))),
    modify: (change) => answer(client.modifyFuturesOrder('usdm', timed({ ...change, orderId: Number(change.orderId) }))),
    cancel: (ref) => answer(client.cancelFuturesOrder('usdm', timed(ref))),
    status: (ref) => answer(client.getFuturesOrderStatus('usdm', timed(ref))),
    wallet: async () => (await answer(client.getFuturesAccountBalance('usdm', timed({}))))[0].balance,
    codeOf: (error) => (error as { error?: { code?: number } }).error?.code,
    close: async () => client.disconnectAll(),
  };
});
