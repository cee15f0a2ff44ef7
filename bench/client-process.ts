/**
 * A third-party client in a process of its own: places an order and cancels it, one after the other, and tells what each placement took.
 * Unmodified, with its own throttle off. Ends with its parent.
 */
import { createRequire } from 'node:module';
import type { ReadyInfo } from '@fillwright/exchange-simulator';

/** `ccxt` and `official` (`@binance/derivatives-trading-usds-futures`), each over REST and over the WebSocket API. */
export type ClientName = 'ccxt' | 'ccxt-ws' | 'official' | 'official-ws';

export type ClientTask =
  | { readonly type: 'connect'; readonly venue: ReadyInfo }
  /** Answered with the microseconds of each placement. */
  | { readonly type: 'time'; readonly client: ClientName; readonly orders: number };

interface Client {
  place(): Promise<string>;
  cancel(id: string): Promise<unknown>;
}

/** Clients carry types of their own kind, or none. */
// biome-ignore lint/suspicious/noExplicitAny: what a client looks like is its own affair
type Loose = any;

const [SYMBOL, CCXT_SYMBOL, PRICE] = ['SOLUSDT', 'SOL/USDT:USDT', 150];
/** They are dependencies of the contract tests. */
const load = createRequire(new URL('../test/contract/package.json', import.meta.url));
const clients = new Map<ClientName, Client>();

async function connect({ futures, accounts }: ReadyInfo): Promise<void> {
  // Not the account of the engine, which would follow every order of theirs.
  const account = accounts[1];
  if (account === undefined) throw new Error('the venue has no second account');
  await connectCcxt(futures, account);
  await connectOfficial(futures, account);
}

async function connectCcxt({ rest, ws, wsApi }: ReadyInfo['futures'], account: ReadyInfo['accounts'][number]): Promise<void> {
  const ccxt: Loose = load('ccxt');
  const exchange: Loose = new ccxt.pro.binanceusdm({ apiKey: account.key, secret: account.secret, enableRateLimit: false });
  const { api } = exchange.urls;
  for (const [name, url] of Object.entries(api)) if (typeof url === 'string') api[name] = url.replace(/^https:\/\/[^/]+/, rest);
  api.ws.future = `${ws}/ws`;
  api.ws['ws-api'].future = wsApi;
  await exchange.loadHttpProxyAgent();
  await exchange.loadMarkets();
  const cancel = (id: string) => exchange.cancelOrder(id, CCXT_SYMBOL);
  const place = (method: 'createOrder' | 'createOrderWs') => async () => (await exchange[method](CCXT_SYMBOL, 'limit', 'buy', 1, PRICE)).id;
  clients.set('ccxt', { place: place('createOrder'), cancel });
  clients.set('ccxt-ws', { place: place('createOrderWs'), cancel });
}

async function connectOfficial({ rest, wsApi }: ReadyInfo['futures'], account: ReadyInfo['accounts'][number]): Promise<void> {
  // Its logger reads its level from here.
  process.env.LOG_LEVEL = 'error';
  const { DerivativesTradingUsdsFutures }: Loose = load('@binance/derivatives-trading-usds-futures');
  const keys = { apiKey: account.key, apiSecret: account.secret };
  const client: Loose = new DerivativesTradingUsdsFutures({
    configurationRestAPI: { ...keys, basePath: rest, timeout: 5_000, keepAlive: true },
    configurationWebsocketAPI: { ...keys, wsURL: wsApi },
  });
  const terms = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: PRICE, quantity: 1 };
  const cancel = async (id: string) => (await client.restAPI.cancelOrder({ symbol: SYMBOL, orderId: BigInt(id) })).data();
  const placeRest = async () => String((await (await client.restAPI.newOrder(terms)).data()).orderId);
  clients.set('official', { place: placeRest, cancel });
  const socket: Loose = await client.websocketAPI.connect();
  clients.set('official-ws', { place: async () => String((await socket.newOrder(terms)).data.orderId), cancel });
}

async function time(name: ClientName, orders: number): Promise<readonly number[]> {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`no client ${name}`);
  const samples: number[] = [];
  for (let index = 0; index < orders; index += 1) {
    const begunMs = performance.now();
    const id = await client.place();
    samples.push((performance.now() - begunMs) * 1_000);
    await client.cancel(id);
  }
  return samples;
}

async function work(task: ClientTask): Promise<readonly number[]> {
  if (task.type === 'time') return time(task.client, task.orders);
  await connect(task.venue);
  return [];
}

process.on('message', (task: ClientTask) => void work(task).then((samples) => process.send?.(samples)));
process.on('disconnect', () => process.exit(0));
process.send?.('up');
