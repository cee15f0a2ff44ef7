import { USDMClient, WebsocketClient } from 'binance';

const { SIM_REST: baseUrl = 'http://127.0.0.1:5080', SIM_WS: wsUrl = 'ws://127.0.0.1:5080' } = process.env;
const { SIM_KEY: api_key, SIM_SECRET: api_secret } = process.env; // as the ready line of the simulator prints them

const rest = new USDMClient({ api_key, api_secret, baseUrl });
const streams = new WebsocketClient({ api_key, api_secret, wsUrl, restOptions: { baseUrl } });

await streams.subscribeUsdFuturesUserDataStream();
const told = new Promise((resolve) => {
  streams.on('message', (event) => event.e === 'ORDER_TRADE_UPDATE' && resolve(event.o));
});
const newClientOrderId = rest.generateNewOrderId();
const terms = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: 175, quantity: 1 };
await rest.submitNewOrder({ ...terms, newClientOrderId });
const first = await told;
console.log('told', first.c === newClientOrderId, first.X);
// By its own id: this client parses order ids as doubles, which breaks those of 19 digits.
const cancelled = await rest.cancelOrder({ symbol: 'SOLUSDT', origClientOrderId: newClientOrderId });
console.log('cancelled', cancelled.status);
streams.closeAll(true);
process.exit(0); // it keeps a timer for its listen key
