/** The client, unmodified, against the simulator over real sockets. */
import { describe, expect, it } from '@jest/globals';
import { describeAccess } from './clients/access.ts';
import { ccxtAt, ccxtClient } from './clients/ccxt-client.ts';
import { openDesk, orderEvents } from './clients/client-desk.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeModes } from './clients/modes.ts';
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
  describeModes(ccxtClient);
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

describe('what ccxt does its own way', () => {
  const desk = openDesk(ccxtClient);

  it('tells every fill of one command through watchMyTrades', async () => {
    const { theirs, venue } = desk();
    for (const price of ['180', '180.1', '180.2']) await theirs.place({ side: 'SELL', price, quantity: '0.5' });
    const exchange = await ccxtAt(venue, venue.credentials('demo'));
    const symbol = 'SOL/USDT:USDT';
    await exchange.loadMarkets();
    const seen: string[] = [];
    const watching = (async () => {
      while (seen.length < 3) for (const { price, amount } of await exchange.watchMyTrades(symbol)) seen.push(`${amount} at ${price}`);
    })();
    await venue.until('its private stream', () => venue.listeners() > 0);
    await exchange.createOrder(symbol, 'limit', 'buy', 1.5, 180.2);
    await watching;
    expect(seen).toEqual(['0.5 at 180', '0.5 at 180.1', '0.5 at 180.2']);
    await exchange.close();
  });

  it('notices an expired listen key when its keepalive is refused, and starts over', async () => {
    const { ours, venue, id } = desk();
    await ours.userStream();
    await venue.control('POST', 'listen-keys', { account: 'demo' });
    expect(venue.listeners()).toBe(1); // the dead stream is still subscribed
    await ours.keepAlive();
    const again = await ours.userStream();
    await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('after') });
    await venue.until('the order is told', () => orderEvents(again.events).includes('after NEW NEW 0/0'));
  });
});
