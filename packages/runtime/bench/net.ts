/** What our HTTP client and our WebSockets cost above axios and ws alone, against a server in another process; in alternating blocks. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createSystemClock } from '../src/live/system-clock.ts';
import { createHttpClient } from '../src/net/axios-http-client.ts';
import { createWebSocketConnector } from '../src/net/ws-connector.ts';
import { bareAxios } from './_bare-axios.ts';

export interface BenchRow {
  readonly name: string;
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  /** p50 of the bare library. */
  readonly baseline: number;
  readonly ratio: number;
  readonly ok: boolean;
}

/** Resolves when the answer is there. */
type Ask = () => Promise<unknown>;

const BLOCKS = 10;
const PER_BLOCK = 400;
const WARM_UP = 1500;
/** As long as a signed order. */
const QUERY = `?${'x'.repeat(260)}`;
const ORDER = JSON.stringify({ id: 'q1tkr3x01a', method: 'order.place', params: { symbol: 'BTCUSDT', signature: 'f'.repeat(64) } });

/** Takes about 8 s. */
export async function netBench(): Promise<BenchRow[]> {
  const peer = fork(join(import.meta.dirname, '_net-peer.ts'));
  const [port] = (await once(peer, 'message')) as [number];
  const url = `http://127.0.0.1:${port}/fapi/v1/order${QUERY}`;
  const headers = { 'X-MBX-APIKEY': 'k'.repeat(64) };
  const axios = bareAxios(() => undefined);
  const clock = createSystemClock();
  const http = createHttpClient({ clock });
  const ws = await bareSocket(`ws://127.0.0.1:${port}/`);
  const socket = await ourSocket(`ws://127.0.0.1:${port}/`);
  try {
    return [
      await compared(
        'HTTP POST, call → answer, over axios',
        () => axios.post(url, headers),
        () => http.request({ method: 'POST', url, headers, timeoutMs: 5_000 }),
      ),
      await compared('WebSocket, send → answer, over ws', ws.ask, socket.ask),
    ];
  } finally {
    axios.close();
    http.close();
    ws.close();
    socket.close();
    peer.disconnect();
  }
}

async function compared(name: string, bare: Ask, ours: Ask): Promise<BenchRow> {
  await block(bare, WARM_UP);
  await block(ours, WARM_UP);
  const taken: { readonly bare: number[]; readonly ours: number[] } = { bare: [], ours: [] };
  for (let index = 0; index < BLOCKS; index += 1) {
    taken.bare.push(...(await block(bare, PER_BLOCK)));
    taken.ours.push(...(await block(ours, PER_BLOCK)));
  }
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(taken.ours, share)) as [number, number, number];
  const baseline = quantile(taken.bare, 0.5);
  return { name, n: taken.ours.length, p50, p99, p999, unit: 'us', baseline, ratio: Math.round((p50 / baseline) * 100) / 100, ok: true };
}

async function block(ask: Ask, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await ask();
    samples.push((performance.now() - start) * 1000);
  }
  return samples;
}

async function bareSocket(url: string): Promise<{ readonly ask: Ask; close(): void }> {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  await once(ws, 'open');
  let answered: (() => void) | undefined;
  ws.on('message', () => answered?.());
  const ask = () =>
    new Promise<void>((resolve) => {
      answered = resolve;
      ws.send(ORDER);
    });
  return { ask, close: () => ws.terminate() };
}

async function ourSocket(url: string): Promise<{ readonly ask: Ask; close(): void }> {
  let answered: (() => void) | undefined;
  const connection = await new Promise<{ send(text: string): void; terminate(): void }>((resolve, reject) => {
    const made = createWebSocketConnector({ clock: createSystemClock() }).connect(
      { url, connectTimeoutMs: 5_000, maxMessageBytes: 1 << 20 },
      {
        onOpen: () => resolve(made),
        onMessage: () => answered?.(),
        onPing: () => undefined,
        onPong: () => undefined,
        onClose: ({ error }) => reject(new Error(error)),
      },
    );
  });
  const ask = () =>
    new Promise<void>((resolve) => {
      answered = resolve;
      connection.send(ORDER);
    });
  return { ask, close: () => connection.terminate() };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN) * 100) / 100;
}
