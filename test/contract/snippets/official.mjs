import { DerivativesTradingUsdsFutures } from '@binance/derivatives-trading-usds-futures';

const { SIM_REST: rest = 'http://127.0.0.1:5080', SIM_WS: ws = 'ws://127.0.0.1:5080' } = process.env;
const { SIM_KEY: apiKey, SIM_SECRET: apiSecret } = process.env; // as the ready line of the simulator prints them

const client = new DerivativesTradingUsdsFutures({
  configurationRestAPI: { apiKey, apiSecret, basePath: rest, timeout: 5000 },
  configurationWebsocketStreams: { wsURL: ws },
  configurationWebsocketAPI: { apiKey, apiSecret, wsURL: `${ws}/ws-fapi/v1` },
});

const { listenKey } = await (await client.restAPI.startUserDataStream()).data();
const streams = await client.websocketStreams.connect();
const told = new Promise((resolve) => {
  streams.userData(listenKey).on('message', (event) => event.e === 'ORDER_TRADE_UPDATE' && resolve(event.o));
});
const terms = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: 175, quantity: 1 };
const order = await (await client.restAPI.newOrder(terms)).data();
const first = await told;
console.log('told', first.i === order.orderId, first.X);
const cancelled = await (await client.restAPI.cancelOrder({ symbol: 'SOLUSDT', orderId: order.orderId })).data();
console.log('cancelled', cancelled.status);
await streams.disconnect();
