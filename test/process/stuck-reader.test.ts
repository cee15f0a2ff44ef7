import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeEnvelope, marketTopic } from '@fillwright/messages';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Dealer } from 'zeromq';
import type { Child } from '../_stack/child.ts';
import { NEVER_READING } from '../_stack/garbage.ts';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { type ProcessName, Stack } from '../_stack/stack.ts';
import { nowMs, until } from '../_stack/wait.ts';

jest.setTimeout(300_000);

const SOL = 'SOLUSDT-PERP.BINANCE';
/** Enough to fill what a publisher keeps for a reader (20 000 messages) and the buffers of the system. */
const FILLING = 40_000;
const MORE = 100_000;
/** Growth over all that comes after. Without a bound it would be about 200 MB; the rest is the garbage collector's room to breathe. */
const SLOPE_BYTES = 100_000_000;
const ROUND_TRIPS = 40;

let stack: Stack;
let questions: Questions;
let trader: ScriptedTrader;
const sockets: Socket[] = [];
const readers: Child[] = [];

beforeAll(async () => {
  const quick = { MONITORING: { METRICS_INTERVAL_MS: '200' } };
  stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server'], {
    'market-server': quick,
    // The pace of orders is not what is measured here.
    'trading-engine': {
      ...quick,
      ORDER_MANAGEMENT: { MAX_ORDERS_PER_SECOND: '1000' },
      HTTP_API: { API_REQUESTS_PER_SECOND: '1000', API_REQUESTS_PER_MINUTE: '60000', API_BURST_LIMIT: '1000' },
    },
  });
  questions = new Questions(stack);
  trader = await ScriptedTrader.start(stack, questions);
});

afterAll(async () => {
  await endReaders();
  await stack?.dispose();
});

const PUBLISHERS = [6001, 6002, 6017, 6018];

/** Connections that ask for everything and never read a byte; a process that was frozen; one that is stuck while its sockets live. */
async function hang(): Promise<void> {
  for (const planned of PUBLISHERS) {
    const socket = connect({ port: stack.port(planned), host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.pause();
    socket.write(NEVER_READING);
    sockets.push(socket);
  }
  const reader = join(import.meta.dirname, '../_stack/reader.mjs');
  const endpoints = PUBLISHERS.map((planned) => stack.endpoint(planned));
  const frozen = stack.run('frozen', [reader, ...endpoints]);
  const stuck = stack.run('stuck', [reader, '--hang', ...endpoints]);
  readers.push(frozen, stuck);
  for (const child of readers) await child.line('that it reads', (line) => line === 'reading');
  frozen.signal('SIGSTOP');
}

async function endReaders(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await Promise.all(readers.map((child) => child.end('SIGKILL')));
}

/** Median time from command to the exchange's confirmation, ms. */
async function roundTripMs(): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < ROUND_TRIPS; count += 1) {
    const startedMs = nowMs();
    const id = trader.place({ instrument: SOL, side: 'buy', qty: '1', price: '150' });
    await trader.phase(id, 'new');
    times.push(nowMs() - startedMs);
    trader.cancel(id);
    await trader.phase(id, 'canceled');
  }
  return times.toSorted((a, b) => a - b)[ROUND_TRIPS / 2] ?? Number.NaN;
}

async function leastOf(times: number, measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < times; count += 1) least = Math.min(least, await measure());
  return least;
}

function memory(name: ProcessName): Promise<number> {
  return stack.metric(name, 'fillwright_process_memory_bytes');
}

/** So many messages on 6002, each with a whole order in it. */
async function engineSays(messages: number, about: string): Promise<void> {
  const from = trader.answered;
  for (let asked = 0; asked < messages; asked += 1_000) {
    for (let count = 0; count < 1_000; count += 1) trader.publish('command.query', { clientOrderId: about as never }, 'flood');
    await until('the answers', () => trader.answered >= from + asked + 1_000);
  }
}

/** So many on 6001: each hello puts a marker on its topic. Many peers, since each may ask 500 times a second. */
async function marketSays(messages: number): Promise<void> {
  const topic = marketTopic('mark', 'BINANCE', 'main', 'SOLUSDT-PERP');
  const peers = Array.from({ length: 60 }, () => new Dealer({ linger: 0, sendHighWaterMark: 10_000 }));
  let answered = 0;
  for (const peer of peers) {
    peer.connect(stack.endpoint(8001));
    void (async () => {
      for await (const _ of peer) answered += 1;
    })();
  }
  const nonce = 'n'.repeat(64);
  for (let asked = 0; asked < messages; asked += peers.length * 100) {
    const startedMs = nowMs();
    for (let count = 0; count < 100; count += 1) {
      for (const peer of peers) await peer.send([encodeEnvelope(questions.sender.envelope('service.hello', '', 0, { topic, nonce }))]);
    }
    await until('the answers', () => answered >= Math.min(asked + peers.length * 100, messages) && nowMs() - startedMs >= 210);
  }
  for (const peer of peers) peer.close();
}

describe('readers that never read', () => {
  it('cost neither memory beyond their bound nor time of an order', async () => {
    const about = await trader.open({ instrument: SOL, side: 'buy', qty: '1', price: '150' });
    await roundTripMs();
    const freeBeforeMs = await roundTripMs();
    await hang();

    await Promise.all([engineSays(FILLING, about), marketSays(FILLING)]);
    const filled = { engine: await memory('trading-engine'), market: await memory('market-server') };
    await Promise.all([engineSays(MORE, about), marketSays(MORE)]);
    const full = { engine: await memory('trading-engine'), market: await memory('market-server') };
    const hangingMs = await leastOf(3, roundTripMs);
    await endReaders();
    await roundTripMs();
    // Others use the machine as well: more at one time than at another.
    const freeMs = Math.max(freeBeforeMs, await roundTripMs());

    expect(full.engine - filled.engine).toBeLessThan(SLOPE_BYTES);
    expect(full.market - filled.market).toBeLessThan(SLOPE_BYTES);
    expect(hangingMs).toBeLessThan(freeMs * 3 + 10);
    await stack.allReady();
    expect(stack.venue.acceptedIds()).toHaveLength((await stack.venue.account()).ordersAccepted);
  });
});
