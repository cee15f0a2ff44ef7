import { createHttpServer, createSystemClock, createSystemRandom } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEMO_SYMBOLS, ExchangeSimulator, simulatorOptions } from '../../src/mod.ts';
import { MemoryDisk, SILENT_LOG } from '../kit.ts';
import { openMany, RawSocket } from '../raw-socket.ts';

/** More than the runtime's own bound. */
const IDLE = 2_000;

describe.each(['futures', 'control'] as const)('bytes on the %s port', (which) => {
  let venue: ExchangeSimulator;
  let port: number;
  let sockets: RawSocket[] = [];

  beforeEach(async () => {
    const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const }));
    const clock = createSystemClock();
    const ports = { clock, log: SILENT_LOG, random: createSystemRandom(), httpServer: createHttpServer({ clock }), disk: new MemoryDisk() };
    venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols, controlToken: 'token' }));
    await venue.start();
    port = Number(new URL(which === 'futures' ? venue.info.futures.rest : venue.info.control.url).port);
  });

  afterEach(async () => {
    for (const socket of sockets) socket.close();
    sockets = [];
    await venue.stop();
  });

  function open(): RawSocket {
    const socket = new RawSocket(port);
    sockets.push(socket);
    return socket;
  }

  /** A well-behaved client is served as if nothing were. */
  async function served(): Promise<void> {
    const good = open();
    const target = which === 'futures' ? '/fapi/v1/ping' : '/__sim/markets';
    const body = await good.ask('GET', target, { authorization: 'Bearer token' });
    expect(JSON.parse(body)).toEqual(which === 'futures' ? {} : expect.any(Array));
    good.close();
  }

  it('of any kind get an answer or a closed socket', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(`GET ${text} HTTP/1.1\r\n\r\n`)),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(`POST /fapi/v1/order HTTP/1.1\r\nContent-Length: ${text}\r\n\r\n`)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const socket = open();
        socket.write(bytes);
        socket.socket.end();
        await socket.until('an end', () => socket.closed);
        const text = socket.bytes.toString('latin1');
        expect(text === '' || /^HTTP\/1\.1 [1-4]\d\d /.test(text)).toBe(true);
      }),
      { numRuns: 150 },
    );
    await served();
  });

  it('of a 10 MB body are refused', async () => {
    const socket = open();
    socket.write(`POST /fapi/v1/order HTTP/1.1\r\nhost: x\r\ncontent-length: ${10 * 1024 * 1024}\r\n\r\n`);
    await socket.until('a refusal', () => socket.bytes.includes('HTTP/1.1 413'));
    await served();
  });

  it('that never become a request keep nobody waiting', async () => {
    for (let n = 0; n < 50; n += 1) open().write('POST /fapi/v1/order HTTP/1.1\r\nhost: x\r\nx-slow');
    await served();
  });

  it(`on ${IDLE} idle connections leave room for others`, async () => {
    const idle = await openMany(IDLE, open);
    if (which === 'futures') await served();
    // The control port is for one operator: beyond its bound it closes connections, and serves again once there is room.
    for (const socket of idle) socket.close();
    await Promise.all(idle.map((socket) => socket.until('an end', () => socket.closed)));
    await served();
  });

  if (which === 'futures') {
    it('after an upgrade close that socket alone, with the reason', async () => {
      const other = open();
      await other.upgrade('/public/ws/solusdt@bookTicker');
      const bad = open();
      await bad.upgrade('/public/ws');
      bad.write(Buffer.from([0x82, 0x81, 0, 0, 0, 0, 7])); // a binary frame
      await bad.until('a close', () => bad.closed || bad.bytes.includes(Buffer.from([0x03, 0xeb])));
      const huge = open();
      await huge.upgrade('/public/ws');
      huge.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0])); // announces a gigabyte
      await huge.until('a close', () => huge.closed || huge.bytes.includes(Buffer.from([0x03, 0xf1])));
      other.frame('{"method":"LIST_SUBSCRIPTIONS","id":1}');
      await other.until('its answer', () => other.bytes.includes('solusdt@bookTicker'));
      await served();
    });
  }
});
