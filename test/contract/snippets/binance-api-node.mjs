import binance from 'binance-api-node';

const { SIM_REST: rest = 'http://127.0.0.1:5080', SIM_WS: ws = 'ws://127.0.0.1:5080' } = process.env;
const { SIM_KEY: apiKey, SIM_SECRET: apiSecret } = process.env; // as the ready line of the simulator prints them

const client = binance.default({
  ...{ apiKey, apiSecret, httpFutures: rest },
  ...{ wsFuturesPublic: `${ws}/public/ws`, wsFuturesMarket: `${ws}/market/ws`, wsFuturesPrivate: `${ws}/private/ws` },
  emitSocketOpens: true,
});

let close;
const terms = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '175', quantity: '1' };
const [order, first] = await new Promise((resolve, reject) => {
  let placed;
  const onEvent = ({ eventType, ...event }) => {
    if (eventType === 'open') placed = client.futuresOrder(terms);
    if (eventType === 'ORDER_TRADE_UPDATE') placed.then((answer) => resolve([answer, event]), reject);
  };
  client.ws.futuresUser(onEvent).then((made) => {
    close = made;
  }, reject);
});
console.log('told', String(first.orderId) === String(order.orderId), first.orderStatus);
const cancelled = await client.futuresCancelOrder({ symbol: 'SOLUSDT', orderId: order.orderId });
console.log('cancelled', cancelled.status);
await close();
