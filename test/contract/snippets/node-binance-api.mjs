import Binance from 'node-binance-api';

const { SIM_REST: rest = 'http://127.0.0.1:5080', SIM_WS: ws = 'ws://127.0.0.1:5080' } = process.env;
const { SIM_KEY: APIKEY, SIM_SECRET: APISECRET } = process.env; // as the ready line of the simulator prints them

const client = new Binance();
client.setOptions({ APIKEY, APISECRET, urls: { fapi: `${rest}/fapi/` } });
// Its routed stream addresses have no option: they are written out in these two methods.
client.getFStreamSingleUrl = (route) => `${ws}/${route}/ws/`;
client.getFStreamUrl = (route) => `${ws}/${route}/stream?streams=`;

const newClientOrderId = `bot-${Date.now()}`;
const order = { timeInForce: 'GTC', newClientOrderId };
const first = await new Promise((resolve, reject) => {
  client.userFutureData(
    (event) => {
      if (event.e === 'ORDER_TRADE_UPDATE') resolve(event.o);
    },
    undefined,
    undefined,
    undefined,
    // Called when the socket is made; give it a moment to open before the first order.
    () => setTimeout(() => client.futuresBuy('SOLUSDT', 1, 175, order).catch(reject), 500),
  );
});
console.log('told', first.c === newClientOrderId, first.X);
const cancelled = await client.futuresCancel('SOLUSDT', undefined, { origClientOrderId: newClientOrderId });
console.log('cancelled', cancelled.status);
process.exit(0); // it keeps a timer for its listen key
