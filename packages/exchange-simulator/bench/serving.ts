/** What the venue adds to bare node: one order over HTTP beside a server with the same answer, and book tickers to fifty clients at once. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { createHttpServer, createSystemClock, createSystemRandom } from '@fillwright/runtime';
import { type BenchRow, benchRow } from '../../../bench/rows.ts';
import { DEMO_SYMBOLS, ExchangeSimulator, simulatorOptions } from '../src/mod.ts';
import { MemoryDisk, SILENT_LOG } from '../test/kit.ts';

const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 1e9, banMs: 1 };
const ROUNDS = 5;
/** Below the 200 open orders an account may have. */
const ORDERS_IN_A_ROUND = 6_000;
const OPEN_AT_MOST = 150;

const CLIENTS = 50;
const FRAMES_PER_SECOND = 1_000;
/** The first one is for warming up. */
const SECONDS = 4;
/** For p99. */
const MOST_LAG_US = 20_000;

async function openVenue(): Promise<ExchangeSimulator> {
  const clock = createSystemClock();
  const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  const ports = { clock, log: SILENT_LOG, random: createSystemRandom(), httpServer: createHttpServer({ clock }), disk: new MemoryDisk() };
  const venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols, limits: NO_LIMITS }));
  await venue.start();
  return venue;
}

/** A client that costs next to nothing: text in, the body of the answer out, one at a time on one kept connection. */
class BareClient {
  readonly #socket: Socket;
  #text = '';
  #answered: (body: string) => void = () => {};

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => {
      this.#text += chunk;
      const head = this.#text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
      if (this.#text.length < head + 4 + length) return;
      const body = this.#text.slice(head + 4, head + 4 + length);
      this.#text = '';
      this.#answered(body);
    });
  }

  send(request: string): Promise<string> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function requestText(method: string, target: string, key: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: ${key}\r\nContent-Length: 0\r\n\r\n`;
}

function signed(method: string, path: string, params: string, { key, secret }: { readonly key: string; readonly secret: string }): string {
  const query = `${params}&timestamp=${Math.floor(createSystemClock().wallUs() / 1000)}`;
  return requestText(method, `${path}?${query}&signature=${createHmac('sha256', secret).update(query).digest('hex')}`, key);
}

async function microseconds(work: () => Promise<unknown>): Promise<number> {
  const from = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - from) / 1_000;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

async function httpRow(venue: ExchangeSimulator): Promise<BenchRow> {
  const [account] = venue.info.accounts;
  if (account === undefined) throw new Error('the demo has no account');
  const order = 'symbol=SOLUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=175&quantity=1&newOrderRespType=RESULT';
  const client = new BareClient(Number(new URL(venue.info.futures.rest).port));
  const sample = await client.send(signed('POST', '/fapi/v1/order', order, account));
  const headers = { 'content-type': 'application/json;charset=UTF-8', 'x-mbx-used-weight-1m': '0', 'x-mbx-order-count-10s': '1' };
  const bare = createServer((request, response) => {
    request.on('data', () => {});
    request.on('end', () => response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(sample) }).end(sample));
  });
  const bareClient = new BareClient(await listening(bare));
  const ours: number[][] = [];
  const baseline: number[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const taken: number[] = [];
    const bareTaken: number[] = [];
    for (let n = 0; n < ORDERS_IN_A_ROUND; n += 1) {
      if (n % OPEN_AT_MOST === 0) await client.send(signed('DELETE', '/fapi/v1/allOpenOrders', 'symbol=SOLUSDT', account));
      const request = signed('POST', '/fapi/v1/order', order, account);
      taken.push(await microseconds(() => client.send(request)));
      bareTaken.push(await microseconds(() => bareClient.send(request)));
    }
    if (round === 0) continue; // warm-up
    ours.push(taken);
    baseline.push(bareTaken);
  }
  client.close();
  bareClient.close();
  bare.close();
  return benchRow('HTTP order, beside a bare server with the same answer', ours, { bare: baseline, budgetRatio: 1.4 });
}

/** From the change of the book to the clients' `message`, which run in a thread of their own. */
async function tickerRow(venue: ExchangeSimulator): Promise<BenchRow> {
  const market = venue.engine.market('SOLUSDT');
  const house = venue.engine.account('external');
  if (market === undefined || house === undefined) throw new Error('the demo has no SOLUSDT');
  const frames = FRAMES_PER_SECOND * SECONDS;
  const task = { url: `${venue.info.futures.ws}/public/ws/solusdt@bookTicker`, clients: CLIENTS, frames: frames * CLIENTS };
  const worker = new Worker(new URL('./_ticker-clients.ts', import.meta.url), { workerData: task });
  await once(worker, 'message'); // all are open
  const told = once(worker, 'message');
  const fromNs = process.hrtime.bigint();
  const terms = { account: house, market, sign: 1, type: 'LIMIT', tif: 'GTC', lots: 100, ticks: 17_500, reduceOnly: false } as const;
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor((Number(process.hrtime.bigint() - fromNs) / 1e9) * FRAMES_PER_SECOND);
    for (; sent < Math.min(due, frames); sent += 1) {
      // Each makes the best bid larger, so that each is a frame.
      venue.engine.place({ ...terms, clientId: `tick-${sent}`, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 });
    }
  }, 1);
  const [lags] = (await told) as [number[]];
  clearInterval(timer);
  await worker.terminate();
  const row = benchRow(`book ticker to ${CLIENTS} clients, ${FRAMES_PER_SECOND} frames a second`, [
    lags.slice(CLIENTS * FRAMES_PER_SECOND),
  ]);
  return { ...row, ok: row.p99 <= MOST_LAG_US };
}

export async function servingBench(): Promise<readonly BenchRow[]> {
  const venue = await openVenue();
  const rows = [await httpRow(venue), await tickerRow(venue)];
  await venue.stop();
  return rows;
}
