/** What the venue adds to bare node: one order over HTTP beside a server with the same answer; and book tickers to fifty clients from one core. */
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createSystemClock } from '@fillwright/runtime';
import { WebSocket } from 'ws';
import { type BenchRow, benchRow } from '../../../bench/rows.ts';
import type { ExchangeSimulator } from '../src/mod.ts';
import { openVenue } from './_venue.ts';

const ROUNDS = 5;
/** Below the 200 open orders an account may have. */
const ORDERS_IN_A_ROUND = 6_000;
const OPEN_AT_MOST = 150;

const CLIENTS = 50;
const FRAMES_PER_SECOND = 1_000;
/** One second each; the first one is for warming up. */
const TICKER_ROUNDS = 6;
/** For p99. */
const MOST_LAG_US = 20_000;

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
  const counts = { 'x-mbx-used-weight-1m': '0', 'x-mbx-order-count-10s': '1', 'x-mbx-order-count-1m': '1' };
  const headers = { 'content-type': 'application/json;charset=UTF-8', ...counts };
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

interface TickerVenue {
  readonly url: string;
  tick(frames: number): void;
  stop(): void;
}

/** In a process of its own on one core, where the machine can say so. */
async function tickerVenue(): Promise<TickerVenue> {
  const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  const program = [process.execPath, new URL('./_ticker-venue.ts', import.meta.url).pathname, String(FRAMES_PER_SECOND)];
  const [command = '', ...args] = pinned ? ['taskset', '-c', '0', ...program] : program;
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [url] = (await once(child, 'message')) as [string];
  return { url, tick: (frames) => void child.send(frames), stop: () => child.disconnect() };
}

/** From the change of the book to the clients' `message`; the event time has milliseconds, so a lag is right to one of them. */
async function tickerRow(): Promise<BenchRow> {
  const venue = await tickerVenue();
  let lagsUs: number[] = [];
  let complete: () => void = () => {};
  const sockets = Array.from({ length: CLIENTS }, () => new WebSocket(venue.url));
  for (const socket of sockets) {
    socket.on('message', (bytes) => {
      const text = String(bytes);
      const sentMs = Number(text.slice(text.lastIndexOf('"E":') + 4, text.lastIndexOf(',"st"')));
      lagsUs.push((performance.timeOrigin + performance.now() - sentMs) * 1_000);
      if (lagsUs.length === CLIENTS * FRAMES_PER_SECOND) complete();
    });
  }
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  const rounds: number[][] = [];
  for (let round = 0; round < TICKER_ROUNDS; round += 1) {
    lagsUs = [];
    const all = new Promise<void>((resolve) => {
      complete = resolve;
    });
    venue.tick(FRAMES_PER_SECOND);
    await all;
    if (round > 0) rounds.push(lagsUs);
  }
  for (const socket of sockets) socket.terminate();
  venue.stop();
  const row = benchRow(`book ticker to ${CLIENTS} clients, ${FRAMES_PER_SECOND} frames a second, venue on one core`, rounds);
  return { ...row, ok: row.p99 <= MOST_LAG_US };
}

export async function servingBench(): Promise<readonly BenchRow[]> {
  const venue = await openVenue();
  const row = await httpRow(venue);
  await venue.stop();
  return [row, await tickerRow()];
}
