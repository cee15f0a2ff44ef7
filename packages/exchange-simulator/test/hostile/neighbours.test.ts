/** What one client suffers from the worst of the others: nothing. Answers and events are held to their order, not to time. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createHttpServer, createSystemClock, createSystemRandom } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { DEMO_SYMBOLS, ExchangeSimulator, simulatorOptions } from '../../src/mod.ts';
import { MemoryDisk, quoteLong, SILENT_LOG } from '../kit.ts';
import { openMany, RawSocket } from '../raw-socket.ts';

const TEN_MEGABYTES = 10 * 1024 * 1024;
const ORDERS = 25;
const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 1e9, banMs: 1 };

let venue: ExchangeSimulator;
let port: number;
let hostile: RawSocket[];
let good: RawSocket;
let stream: WebSocket;
let events: { readonly e: string; readonly o: Readonly<Record<string, string>> }[];

beforeEach(async () => {
  const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  const clock = createSystemClock();
  const ports = { clock, log: SILENT_LOG, random: createSystemRandom(), httpServer: createHttpServer({ clock }), disk: new MemoryDisk() };
  venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols, limits: NO_LIMITS }));
  await venue.start();
  port = Number(new URL(venue.info.futures.rest).port);
  hostile = [];
  events = [];
  good = new RawSocket(port);
  const { listenKey } = await call('POST', '/fapi/v1/listenKey', '');
  stream = new WebSocket(`${venue.info.futures.ws}/private/ws/${listenKey}`);
  stream.on('message', (bytes) => void events.push(JSON.parse(String(bytes))));
  await once(stream, 'open');
});

afterEach(async () => {
  for (const socket of [good, ...hostile]) socket.close();
  stream.terminate();
  await venue.stop();
});

function open(): RawSocket {
  const socket = new RawSocket(port);
  hostile.push(socket);
  return socket;
}

/** A signed request on a kept connection. */
async function call(method: string, path: string, params: string, by = good) {
  const [account] = venue.info.accounts;
  const query = `${params}&timestamp=${Date.now()}`; // the venue's clock is the machine's
  const signature = createHmac('sha256', account?.secret ?? '')
    .update(query)
    .digest('hex');
  const text = await by.ask(method, `${path}?${query}&signature=${signature}`, { 'x-mbx-apikey': account?.key ?? '' });
  return JSON.parse(quoteLong(text));
}

const ORDER = 'symbol=SOLUSDT&side=BUY&type=LIMIT&timeInForce=GTC';

/** Works as on any day, and finds every answer and every event in its place. */
async function works(meanwhile: (n: number) => unknown = () => {}): Promise<void> {
  const wanted: string[] = [];
  const from = events.length;
  for (let n = 0; n < ORDERS; n += 1) {
    const id = `good-${from}-${n}`;
    await meanwhile(n);
    const placed = await call('POST', '/fapi/v1/order', `${ORDER}&price=175&quantity=1&newClientOrderId=${id}`);
    expect(placed).toMatchObject({ clientOrderId: id, status: 'NEW' });
    const canceled = await call('DELETE', '/fapi/v1/order', `symbol=SOLUSDT&orderId=${placed.orderId}`);
    expect(canceled).toMatchObject({ clientOrderId: id, status: 'CANCELED' });
    wanted.push(`NEW ${id}`, `CANCELED ${id}`);
  }
  while (events.length < from + wanted.length) await once(stream, 'message');
  expect(events.slice(from).map(({ o }) => `${o.X} ${o.c}`)).toEqual(wanted);
}

/** Each of them got a documented refusal, or its connection was closed. */
async function areRefused(status: number): Promise<void> {
  await Promise.all(
    hostile.map((socket) =>
      socket.until(`a ${status} or the end`, () => socket.closed || socket.bytes.includes(`HTTP/1.1 ${status} `), 30_000),
    ),
  );
}

describe('a client works on in order while others', () => {
  it('send anything but requests', async () => {
    const noise = (n: number) => Buffer.from(Array.from({ length: 64 + n }, (_, i) => (i * 37 + n * 101) % 256));
    await works((n) => {
      for (let i = 0; i < 10; i += 1) open().write(noise(n * 10 + i));
    });
    await areRefused(400);
  });

  it('send absurd numbers', async () => {
    const bad = open();
    const absurd = [
      ...['1e309', '-1', '0', 'NaN', 'Infinity', '9'.repeat(300), `0.${'0'.repeat(200)}1`, '1e-7', '0x10', '٣', '1,5', '--1', '+'],
      ...['9007199254740993', '18446744073709551616', '1.7976931348623157e308', '-0', '00', '.', '1.', '.1', '%00'],
    ];
    const answers: unknown[] = [];
    await works(async (n) => {
      const value = encodeURIComponent(absurd[n % absurd.length] as string);
      const name = ['quantity', 'price'][n % 2];
      const other = n % 2 === 0 ? 'price=175' : 'quantity=1';
      answers.push(await call('POST', '/fapi/v1/order', `${ORDER}&${name}=${value}&${other}`, bad));
    });
    for (const answer of answers) expect(answer).toEqual({ code: expect.any(Number), msg: expect.any(String) });
  });

  it('send bodies of ten megabytes, announced and not', async () => {
    const piece = 'x'.repeat(1024 * 1024);
    await works((n) => {
      if (n % 8 !== 0) return;
      const announced = open();
      announced.write(`POST /fapi/v1/order HTTP/1.1\r\nhost: x\r\ncontent-length: ${TEN_MEGABYTES}\r\n\r\n`);
      const chunked = open();
      chunked.write('POST /fapi/v1/order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let sent = 0; sent < TEN_MEGABYTES; sent += piece.length) {
        announced.write(piece);
        chunked.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      }
    });
    await areRefused(413);
  });

  it('never finish their requests, and are sent away', async () => {
    for (let n = 0; n < 100; n += 1) open().write(n % 2 === 0 ? 'GET /fapi/v1/ping HTTP/1.1\r\nhost: x\r\n' : UNFINISHED_BODY);
    await works((n) => {
      for (const [i, socket] of hostile.entries()) socket.write(i % 2 === 0 ? `x-${n}: y\r\n` : 'z');
    });
    await areRefused(408);
    await works();
  }, 60_000);

  it('hold two thousand idle connections', async () => {
    await openMany(2_000, open);
    await works();
    expect(hostile.filter(({ closed }) => closed)).toEqual([]);
    const [idle] = hostile as [RawSocket];
    expect(JSON.parse(await idle.ask('GET', '/fapi/v1/ping'))).toEqual({});
  }, 60_000);

  it('subscribe to everything and read nothing', async () => {
    const names = Array.from({ length: 400 }, (_, n) => `"solusdt@bookTicker${'@'.repeat(n % 3)}"`).join(',');
    for (let n = 0; n < 30; n += 1) {
      const deaf = open();
      await deaf.upgrade('/public/ws/solusdt@bookTicker');
      deaf.frame(`{"method":"SUBSCRIBE","params":[${names}],"id":1}`);
      deaf.socket.pause();
    }
    await works();
  });

  it('speak out of turn on sockets, and are cut alone', async () => {
    await works(async (n) => {
      const rude = open();
      await rude.upgrade(n % 2 === 0 ? '/private/ws' : '/ws-fapi/v1');
      for (let i = 0; i < 40; i += 1) rude.frame('{"method":"LIST_SUBSCRIPTIONS","id":1}');
      rude.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    });
    await Promise.all(hostile.map((socket) => socket.until('a close', () => socket.closed, 30_000)));
  });
});

const UNFINISHED_BODY = 'POST /fapi/v1/order HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nsymbol=';
