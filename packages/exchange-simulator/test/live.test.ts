import { createHmac } from 'node:crypto';
import { createHttpClient, createHttpServer, createSystemClock, createSystemRandom, createWebSocketConnector } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEMO_SYMBOLS, ExchangeSimulator, simulatorOptions } from '../src/mod.ts';
import { MemoryDisk, SILENT_LOG } from './kit.ts';

const clock = createSystemClock();
const http = createHttpClient({ clock });
const webSocket = createWebSocketConnector({ clock });
let venue: ExchangeSimulator;

beforeEach(async () => {
  const ports = {
    clock,
    log: SILENT_LOG,
    random: createSystemRandom(),
    httpServer: createHttpServer({ clock, log: SILENT_LOG }),
    disk: new MemoryDisk(),
  };
  const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols }));
  await venue.start();
});

afterEach(async () => {
  await venue.stop();
});

async function call(method: 'GET' | 'POST', path: string, values: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const [account] = venue.info.accounts;
  const query = new URLSearchParams({ ...values, timestamp: String(Math.floor(clock.wallUs() / 1000)) }).toString();
  const signature = createHmac('sha256', account?.secret ?? '')
    .update(query)
    .digest('hex');
  const url = `${venue.info.futures.rest}${path}?${query}&signature=${signature}`;
  const result = await http.request({ method, url, headers: { 'x-mbx-apikey': account?.key ?? '', ...headers }, timeoutMs: 5_000 });
  if (result.type === 'failure') throw new Error(result.message);
  return { status: result.status, json: JSON.parse(result.body) };
}

/** Resolves with the first frame that fits, or rejects after 5 s. */
function firstFrame(url: string, opened: () => void): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const deadline = clock.after(5_000, () => reject(new Error('no frame within 5 s')));
    const connection = webSocket.connect(
      { url, connectTimeoutMs: 5_000, maxMessageBytes: 1_000_000 },
      {
        onOpen: opened,
        onMessage: (text) => {
          deadline.cancel();
          connection.close();
          resolve(JSON.parse(text));
        },
        onPing: () => {},
        onPong: () => {},
        onClose: () => {},
      },
    );
  });
}

describe('over real sockets', () => {
  it('answers a signed order and tells the private stream', async () => {
    const { json } = await call('POST', '/fapi/v1/listenKey');
    const order = {
      symbol: 'SOLUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: '179',
      quantity: '1',
      newClientOrderId: 'live',
    };
    let placed: ReturnType<typeof call> | undefined;
    const frame = await firstFrame(`${venue.info.futures.ws}/private/ws/${json.listenKey}`, () => {
      placed = call('POST', '/fapi/v1/order', order);
    });
    expect(await placed).toMatchObject({ status: 200, json: { clientOrderId: 'live', status: 'NEW' } });
    expect(frame).toMatchObject({ e: 'ORDER_TRADE_UPDATE', o: { c: 'live', x: 'NEW' } });
  });

  it('cuts the connection when a reply is to be lost, though the order is in', async () => {
    venue.faults.add({ kind: 'executed-reply-lost', method: 'POST', path: '/fapi/v1/order', probability: 1, delayMs: 0, left: 1 });
    const order = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '179', quantity: '1' };
    await expect(call('POST', '/fapi/v1/order', order)).rejects.toThrow();
    expect((await call('GET', '/fapi/v1/openOrders')).json).toHaveLength(1);
  });

  it('serves control on its own port with its own token', async () => {
    const { url, token } = venue.info.control;
    const request = { method: 'GET', url: `${url}/accounts/demo`, timeoutMs: 5_000 } as const;
    expect(await http.request({ ...request, headers: {} })).toMatchObject({ status: 401 });
    expect(await http.request({ ...request, headers: { authorization: `Bearer ${token}` } })).toMatchObject({ status: 200 });
  });
});
