import ccxt from 'ccxt';

const { SIM_REST: rest = 'http://127.0.0.1:5080', SIM_WS: ws = 'ws://127.0.0.1:5080' } = process.env;
const { SIM_KEY: apiKey, SIM_SECRET: secret } = process.env; // as the ready line of the simulator prints them

const exchange = new ccxt.pro.binanceusdm({ apiKey, secret });
for (const [name, url] of Object.entries(exchange.urls.api)) {
  if (typeof url === 'string') exchange.urls.api[name] = url.replace(/^https:\/\/[^/]+/, rest);
}
exchange.urls.api.ws.future = `${ws}/ws`; // ccxt puts /public, /market or /private before this /ws
exchange.urls.api.ws['ws-api'].future = `${ws}/ws-fapi/v1`;
await exchange.loadHttpProxyAgent(); // needed once for ws:// without TLS

const symbol = 'SOL/USDT:USDT';
await exchange.loadMarkets();
const told = exchange.watchOrders(symbol);
await exchange.watchOrderBook('BTC/USDT:USDT');
const order = await exchange.createOrder(symbol, 'limit', 'buy', 1, 175);
const [first] = await told;
console.log('told', first.id === order.id, first.status);
console.log('cancelled', (await exchange.cancelOrder(order.id, symbol)).status);
await exchange.close();
process.exit(0); // it keeps a timer for its listen key
