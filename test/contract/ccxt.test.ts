/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeAccess } from './clients/access.ts';
import { ccxtAt, ccxtClient } from './clients/ccxt-client.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';
import { describeWebSocketApi } from './clients/web-socket-api.ts';

describe(ccxtClient.name, () => {
  describeOrderLife(ccxtClient);
  describeRefusals(ccxtClient);
  describeConditional(ccxtClient);
  describeStreams(ccxtClient);
  describeAccess(ccxtClient);
});

describeWebSocketApi(ccxtClient, async (venue) => {
  const exchange = await ccxtAt(venue, venue.credentials('demo'));
  await exchange.loadMarkets();
  const symbol = 'SOL/USDT:USDT';
  return {
    place: async ({ side, price, quantity, newClientOrderId }) => {
      const exact = { ...(newClientOrderId === undefined ? {} : { clientOrderId: newClientOrderId }), price, quantity };
      return (await exchange.createOrderWs(symbol, 'limit', side?.toLowerCase(), Number(quantity), Number(price), exact)).info;
    },
    modify: async ({ orderId, price, quantity }) =>
      (await exchange.editOrderWs(orderId, symbol, 'limit', 'buy', Number(quantity), Number(price))).info,
    cancel: async ({ orderId }) => (await exchange.cancelOrderWs(orderId, symbol)).info,
    wallet: async () => (await exchange.fetchBalanceWs()).USDT.total,
    codeOf: (error) => ccxtClient.refusalOf(error)?.code,
    close: () => exchange.close(),
  };
});
