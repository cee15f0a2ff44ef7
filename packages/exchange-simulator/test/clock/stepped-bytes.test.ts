/** One scripted client on a stepped clock: in memory and over sockets each connection is sent the same, to the byte, for the same seed. */
import { createHmac } from 'node:crypto';
import { createHttpServer, createSystemClock } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { DEMO_ACCOUNTS, ExchangeSimulator, type SimulatorOptions, simulatorOptions } from '../../src/mod.ts';
import { MemoryDisk, SILENT_LOG, TestVenue } from '../kit.ts';
import { RawSocket } from '../raw-socket.ts';

const BEGIN_MS = Date.parse('2026-11-01T07:59:30.000Z');
const FIXED_RANDOM = {
  float: () => 0.5,
  below: (bound: number) => Math.floor(bound / 2),
  bytes: (length: number) => new Uint8Array(length),
};
const OPTIONS: Partial<SimulatorOptions> = { clock: { mode: 'stepped', startMs: BEGIN_MS }, controlToken: 'token' };
const STREAMS = 'btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/ethusdt@depth5';

interface Wire {
  ask(
    port: 'futures' | 'control',
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<string>;
  /** Resolves to all text frames once `end` is called and the socket's last answer is there. */
  connect(target: string): Promise<() => Promise<readonly string[]>>;
}

/** What the client was answered and told. */
async function script(wire: Wire): Promise<Readonly<Record<string, readonly string[]>>> {
  let nowMs = BEGIN_MS;
  const [account] = DEMO_ACCOUNTS;
  const key = { 'x-mbx-apikey': account?.apiKey ?? '' };
  const rest: string[] = [];
  const call = async (method: string, path: string, params: string) => {
    const query = `${params}&timestamp=${nowMs}`;
    const signature = createHmac('sha256', account?.apiSecret ?? '')
      .update(query)
      .digest('hex');
    rest.push(await wire.ask('futures', method, `${path}?${query}&signature=${signature}`, key));
  };
  const advance = async (ms: number) => {
    await wire.ask('control', 'POST', '/__sim/clock/advance', { authorization: 'Bearer token' }, JSON.stringify({ ms }));
    nowMs += ms;
  };
  const { listenKey } = JSON.parse(await wire.ask('futures', 'POST', '/fapi/v1/listenKey', key));
  const [user, books] = [await wire.connect(`/private/ws/${listenKey}`), await wire.connect(`/public/stream?streams=${STREAMS}`)];
  for (let step = 0; step < 60; step += 1) {
    await advance(step === 30 ? 60_000 : 250);
    const { bidPrice } = JSON.parse(await wire.ask('futures', 'GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT', {}));
    const side = step % 2 === 0 ? 'BUY' : 'SELL';
    await call('POST', '/fapi/v1/order', `symbol=BTCUSDT&side=${side}&type=LIMIT&timeInForce=GTC&price=${bidPrice}&quantity=0.01`);
    if (step % 8 === 7) await call('DELETE', '/fapi/v1/allOpenOrders', 'symbol=BTCUSDT');
  }
  return { rest, user: await user(), books: await books() };
}

const LAST = '{"method":"LIST_SUBSCRIPTIONS","id":"the-end"}';

async function inMemory(seed: string) {
  const test = await TestVenue.open({ ...OPTIONS, seed });
  return script({
    ask: async (port, method, target, headers, body = '') => {
      const reply = test.raw(method, target, headers, body, port === 'futures' ? 5080 : 5090, '127.0.0.1');
      return test.now(reply).text;
    },
    connect: async (target) => {
      const socket = test.connect(target);
      return async () => {
        socket.send(LAST);
        return socket.frames;
      };
    },
  });
}

async function overSockets(seed: string) {
  const ports = {
    ...{ clock: createSystemClock(), log: SILENT_LOG, random: FIXED_RANDOM, disk: new MemoryDisk() },
    httpServer: createHttpServer({ clock: createSystemClock() }),
  };
  const venue = new ExchangeSimulator(ports, simulatorOptions({ ...OPTIONS, futuresPort: 0, controlPort: 0, seed }));
  await venue.start();
  const portOf = (url: string) => Number(new URL(url).port);
  const [futures, control] = [new RawSocket(portOf(venue.info.futures.rest)), new RawSocket(portOf(venue.info.control.url))];
  const sockets = [futures, control];
  const seen = await script({
    ask: (port, method, target, headers, body) => (port === 'futures' ? futures : control).ask(method, target, headers, body),
    connect: async (target) => {
      const socket = new RawSocket(portOf(venue.info.futures.rest));
      sockets.push(socket);
      await socket.upgrade(target);
      return async () => {
        socket.frame(LAST);
        await socket.until('the last answer', () => socket.bytes.includes('"id":"the-end"}'));
        return textFrames(socket.bytes);
      };
    },
  });
  // The control API is no part of the exchange: heads of its answers carry the machine's date.
  const bytes = sockets.filter((socket) => socket !== control).map((socket) => socket.bytes.toString('hex'));
  for (const socket of sockets) socket.close();
  await venue.stop();
  return { seen, bytes };
}

/** What stands in the frames after the answer to the upgrade. */
function textFrames(bytes: Buffer): string[] {
  const frames: string[] = [];
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at < bytes.length; ) {
    const [opcode, short = 0] = [(bytes[at] ?? 0) & 0x0f, bytes[at + 1] ?? 0];
    const from = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (opcode === 1) frames.push(bytes.toString('utf8', from, from + length));
    at = from + length;
  }
  return frames;
}

describe('one scripted client on a stepped clock', () => {
  it('is sent the same bytes on every connection over sockets, and the same texts as in memory', async () => {
    const [once, twice, memory, other] = [await overSockets('7'), await overSockets('7'), await inMemory('7'), await inMemory('8')];
    expect(twice.bytes).toEqual(once.bytes);
    expect(once.seen).toEqual(memory);
    expect(memory.user?.some((frame) => frame.includes('FUNDING_FEE'))).toBe(true);
    for (const name of ['rest', 'user', 'books'] as const) {
      expect(memory[name]?.join('').length).toBeGreaterThan(10_000);
      expect(other[name]).not.toEqual(memory[name]);
    }
  }, 30_000);
});
