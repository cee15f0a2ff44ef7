/** What only the live HTTP server has: a port that anything may be sent to. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HttpListener, ServerHandlers, ServerOptions, ServerReply, ServerRequest } from '../../src/ports/http-server.ts';
import { frame, OPCODE } from '../suites/misbehaving-server.ts';
import { ServerRecorder } from '../suites/socket-recorder.ts';
import { type LiveWorld, makeLiveWorld, quiesce, until, withDeadline } from './live-world.ts';
import { dialRaw, type RawClient } from './raw-client.ts';

const GET = 'GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n';
const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let world: LiveWorld;
let listener: HttpListener;
let seen: ServerRequest[];
let servers: ServerRecorder[];
let clients: RawClient[];

beforeEach(async () => {
  world = await makeLiveWorld();
  seen = [];
  servers = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.socket.destroy();
  await world.close();
});

const serve = async (
  answer: (request: ServerRequest) => ServerReply | Promise<ServerReply> = () => ({ type: 'reply', status: 200, body: 'ok' }),
  options: Partial<ServerOptions> = {},
): Promise<void> => {
  const handlers: ServerHandlers = {
    request: (request) => {
      seen.push(request);
      return answer(request);
    },
    socket: (upgrade, socket) => {
      const server = new ServerRecorder(upgrade, socket);
      servers.push(server);
      return server;
    },
  };
  listener = await world.httpServer.listen({ host: world.host, port: 0, ...options }, handlers);
};
const dial = async (bytes?: string | Buffer, halfOpen = false): Promise<RawClient> => {
  const client = await dialRaw(listener.port, halfOpen);
  clients.push(client);
  if (bytes !== undefined) client.write(bytes);
  return client;
};
/** More than the buffers between the two hold: once it has left, the server has read of it. */
const MANY_BYTES = 32 * 1024 * 1024;
const mayGoOn = async (client: RawClient, bytes: string): Promise<void> => {
  const failure = await withDeadline(
    new Promise((resolve) => client.socket.write(bytes.repeat(MANY_BYTES / bytes.length), (error) => resolve(error ?? 'none'))),
  );
  expect(failure).toBe('none');
};
/** A half-open client learns that it was cut only by sending on. */
const isCut = (client: RawClient): Promise<void> =>
  until(() => {
    client.write('x');
    return client.closed;
  }, 'the cut');
const stillAnswers = async (): Promise<void> => {
  const client = await dial(GET);
  await client.hears('\r\n\r\nok');
  client.socket.destroy();
};

describe('bytes that are not a request', () => {
  it.each([
    ['garbage', 'this is not HTTP\r\n\r\n', '400 Bad Request'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', '400 Bad Request'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', '400 Bad Request'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
    ],
    ['a bad chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello', '400 Bad Request'],
    ['a giant header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ])('%s', async (_what, bytes, status) => {
    await serve();
    const client = await dial(bytes);

    expect(await client.ends()).toContain(`HTTP/1.1 ${status}`);
    expect(seen).toEqual([]);
    await until(() => world.clock.waiting === 0, 'the server to be done with it');
    await stillAnswers();
  });

  it('after a request that waits for its answer cut the connection, lest their 400 be taken for that answer', async () => {
    await serve(() => new Promise<ServerReply>(() => {}));
    const client = await dial(`${GET}garbage\r\n\r\n`);

    expect(await client.ends()).toBe('');
    expect(seen).toHaveLength(1);
  });

  it('and that go on are read away for a second, so that the answer is not lost in a reset', async () => {
    await serve();
    const client = await dial('garbage\r\n\r\n', true);
    await client.hears('HTTP/1.1 400');
    await mayGoOn(client, 'more garbage\r\n\r\n');
    world.clock.advance(1_000);

    await isCut(client);
  });

  it('whatever they are, never bring it down', async () => {
    await serve();
    const opening = fc.constantFrom('', GET, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n', UPGRADE, `${UPGRADE}${KEY}`);
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(opening, bytes, fc.boolean(), async (start, rest, reset) => {
        const client = await dial(Buffer.concat([Buffer.from(start), rest]));
        if (reset) client.socket.resetAndDestroy();
        else client.socket.end();
        await quiesce();
        client.socket.destroy();
      }),
      { numRuns: 150 },
    );
    await stillAnswers();
    await until(() => servers.every((server) => server.closes.length === 1), 'the end of every socket');
    expect(world.log.lines).toEqual([]);
  });
});

describe('a request that takes too long or too much', () => {
  it.each([
    ['head', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('is answered 408 when its %s never ends', async (_what, bytes) => {
    await serve(undefined, { requestTimeoutMs: 40 });
    const client = await dial(bytes);

    expect(await client.ends()).toContain('HTTP/1.1 408 Request Timeout');
    expect(seen).toEqual([]);
  });

  it('is answered 413 in whole while the body is still arriving, and is then cut', async () => {
    await serve(undefined, { maxBodyBytes: 1_000 });
    const client = await dial('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', true);
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
    for (let n = 0; n < 100; n += 1) client.write(chunk);
    await client.hears('HTTP/1.1 413');
    await client.hears('body too large');
    await mayGoOn(client, chunk);
    world.clock.advance(1_000);

    await isCut(client);
    expect(seen).toEqual([]);
  });

  it('is answered 413 by its announced length alone', async () => {
    await serve(undefined, { maxBodyBytes: 1_000 });
    const client = await dial('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n');

    await client.hears('HTTP/1.1 413');
  });

  it('is cut after its 413 as soon as its body has ended', async () => {
    await serve(undefined, { maxBodyBytes: 1_000 });
    const client = await dial(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n${'x'.repeat(1_001)}`);

    expect(await client.ends()).toMatch(/^HTTP\/1.1 413 .*body too large$/s);
    expect(world.clock.waiting).toBe(0);
  });

  it('is not even taken beyond the bound of connections', async () => {
    await serve(undefined, { maxConnections: 2 });
    const first = await dial(GET);
    const second = await dial(GET);
    await first.hears('ok');
    await second.hears('ok');
    const third = await dial(GET);

    expect(await third.ends()).toBe('');
    first.socket.destroy();
    await quiesce();
    await stillAnswers();
  });
});

describe('requests', () => {
  it('in one piece are answered in their order, however long each takes', async () => {
    const gates = new Map<string, (reply: ServerReply) => void>();
    await serve((request) => new Promise((resolve) => gates.set(request.path, resolve)));
    const client = await dial('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => gates.size === 2, 'both requests');
    gates.get('/2')?.({ type: 'reply', status: 200, body: 'second' });
    await quiesce();
    expect(client.heard).toBe('');
    gates.get('/1')?.({ type: 'reply', status: 200, body: 'first' });
    await client.hears('second');

    expect(client.heard.indexOf('first')).toBeLessThan(client.heard.indexOf('second'));
  });

  it.each([
    ['nothing said of a body', ''],
    ['a body of no length', 'Content-Length: 0\r\n'],
    ['a body that turns out empty', 'Transfer-Encoding: chunked\r\n'],
  ])('with %s are answered one after another on one connection', async (_what, header) => {
    let answered = 0;
    await serve(({ body }) => {
      answered += 1;
      return { type: 'reply', status: 200, body: `<${answered}${body}>` };
    });
    const end = header.startsWith('Transfer') ? '0\r\n\r\n' : '';
    const post = (path: string) => `POST /${path} HTTP/1.1\r\nHost: x\r\n${header}\r\n${end}`;
    const client = await dial();
    for (let n = 1; n <= 3; n += 1) {
      client.write(post(String(n)));
      await client.hears(`<${n}>`);
    }
    client.write(`${post('4')}${post('5')}POST /6 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`);
    await client.hears('<6body>');

    expect(seen.map(({ path }) => path)).toEqual(['/1', '/2', '/3', '/4', '/5', '/6']);
    expect(client.heard.match(/<\d\w*>/g)).toEqual(['<1>', '<2>', '<3>', '<4>', '<5>', '<6body>']);
  });

  it('that are answered at once keep their answer when garbage follows in the same piece', async () => {
    await serve();
    const client = await dial(`${GET}garbage\r\n\r\n`);

    expect(await client.ends()).toMatch(/^HTTP\/1.1 200 .*\r\n\r\nok$/s);
  });

  it('that name a header several times are told all of it', async () => {
    await serve();
    const client = await dial('GET / HTTP/1.1\r\nHost: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Two: a\r\nX-Two: b\r\n\r\n');
    await client.hears('ok');

    expect(seen[0]?.headers).toMatchObject({ 'set-cookie': 'a, b', 'x-two': 'a, b' });
  });

  it('whose handler fails later get a 500, and the bug is logged', async () => {
    await serve(() => Promise.reject(new Error('later')));
    const client = await dial(GET);
    await client.hears('{"code":-1000,"msg":"internal"}');

    expect(world.log.lines).toMatchObject([{ level: 'error', event: 'http-handler-failed', fields: { where: 'request' } }]);
  });

  it('for a head get no body', async () => {
    await serve();
    const client = await dial(`${GET.replace('GET', 'HEAD')}${GET}`);
    await client.hears('ok');

    expect(client.heard.split('\r\n\r\n')).toHaveLength(3);
    expect(client.heard.split('\r\n\r\n')[1]).toMatch(/^HTTP\/1.1 200/);
  });

  it.each([204, 304])('answered %i get neither body nor length', async (status) => {
    await serve(() => ({ type: 'reply', status, body: 'ignored' }));
    const client = await dial(GET);
    await client.hears('\r\n\r\n');
    await quiesce();

    expect(client.heard.toLowerCase()).not.toContain('content-length');
    expect(client.heard.endsWith('\r\n\r\n')).toBe(true);
  });

  it('that ask for another protocol are answered as they are', async () => {
    await serve();
    const client = await dial(
      GET.replace('Host: x', 'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA'),
    );

    await client.hears('\r\n\r\nok');
  });

  it.each([
    { type: 'reply', status: 200, headers: { 'x-bad': 'line\r\nbreak' }, body: '' },
    { type: 'reply', status: 99_999, body: '' },
  ] as const)('whose answer cannot be written get a 500, and the bug is logged: %p', async (reply) => {
    await serve(() => reply);
    const client = await dial(GET);
    await client.hears('{"code":-1000,"msg":"internal"}');

    expect(client.heard).toMatch(/^HTTP\/1.1 500/);
    expect(world.log.lines).toMatchObject([{ level: 'error', event: 'http-handler-failed', fields: { where: 'request' } }]);
  });

  it('whose peer has gone cost nothing', async () => {
    const gate = Promise.withResolvers<ServerReply>();
    await serve((request) => (request.path === '/a' && seen.length === 1 ? gate.promise : { type: 'reply', status: 200, body: 'ok' }));
    const client = await dial(GET);
    await until(() => seen.length === 1, 'the request');
    client.socket.resetAndDestroy();
    await quiesce();
    gate.resolve({ type: 'reply', status: 200, body: 'x'.repeat(100_000) });
    await quiesce();

    await stillAnswers();
    expect(world.log.lines).toEqual([]);
  });
});

describe('upgrades', () => {
  it.each([
    ['without a key', `${UPGRADE}\r\n`],
    ['with a key of another length', `${UPGRADE}Sec-WebSocket-Key: short\r\n\r\n`],
    ['of an old version', `${UPGRADE.replace('13', '7')}${KEY}`],
    ['of a POST', `${UPGRADE.replace('GET', 'POST')}${KEY}`],
  ])('%s are refused before any handler hears of them', async (_what, bytes) => {
    await serve();
    const client = await dial(bytes);

    expect(await client.ends()).toMatch(/^HTTP\/1.1 40[05]/);
    expect(servers).toEqual([]);
  });

  it.each([
    ['in binary', frame(OPCODE.binary, 'x', { masked: true }), 1003],
    ['not masked', frame(OPCODE.text, 'x'), 1002],
    ['that announce too much', frame(OPCODE.text, '', { length: 2 ** 30, masked: true }), 1009],
  ])('whose frames are %s are closed with the code', async (_what, bytes, code) => {
    await serve();
    const client = await dial(Buffer.concat([Buffer.from(`${UPGRADE}${KEY}`), bytes]));
    await until(() => servers[0]?.closes.length === 1, 'the close');

    expect(servers[0]?.closes[0]?.code).toBe(code);
    const frames = (): Buffer => Buffer.from(client.heard.split('\r\n\r\n')[1] ?? '', 'latin1');
    await until(() => frames().length >= 4, 'the close frame');
    expect(frames().readUInt16BE(2)).toBe(code);
  });

  it('whose first frame comes with the request lose nothing', async () => {
    await serve();
    await dial(Buffer.concat([Buffer.from(`${UPGRADE}${KEY}`), frame(OPCODE.text, 'early', { masked: true })]));
    await until(() => servers[0]?.messages.length === 1, 'the message');

    expect(servers[0]?.messages).toEqual(['early']);
  });

  it('whose peer never answers the closing are cut after two seconds', async () => {
    await serve();
    const client = await dial(`${UPGRADE}${KEY}`);
    await client.hears('101');
    servers[0]?.socket.close(1_001, 'going');
    await quiesce();
    world.clock.advance(1_999);
    await quiesce();
    expect(client.closed).toBe(false);
    world.clock.advance(1);

    await client.ends();
    await until(() => servers[0]?.closes.length === 1, 'the close');
    expect(servers[0]?.closes).toEqual([{ code: 1006, reason: '' }]);
  });
});

it('a socket that is lost while it is accepted is closed once', async () => {
  const closes: number[] = [];
  listener = await world.httpServer.listen(
    { host: world.host, port: 0 },
    {
      request: () => ({ type: 'reset' }),
      socket: (upgrade, socket) => {
        void listener.close();
        const server = new ServerRecorder(upgrade, socket);
        server.onClose = (code) => void closes.push(code);
        return server;
      },
    },
  );
  const client = await dial(`${UPGRADE}${KEY}`);
  await client.ends();

  expect(closes).toEqual([1006]);
});

describe('listening', () => {
  it('ends with everything cut and the port free', async () => {
    await serve(() => new Promise<ServerReply>(() => {}));
    const idle = await dial();
    const waiting = await dial(GET);
    const socket = await dial(`${UPGRADE}${KEY}`);
    await socket.hears('101');
    await until(() => seen.length === 1, 'the request');
    const { port } = listener;
    await Promise.all([listener.close(), listener.close()]);
    await Promise.all([idle.ends(), waiting.ends(), socket.ends()]);
    await until(() => servers[0]?.closes.length === 1, 'the close');

    await serve(undefined, { port });
    await stillAnswers();
  });

  it.each([
    { host: '203.0.113.1', port: 0 },
    { host: '127.0.0.1', port: 99_999 },
  ])('fails with the place and the reason where it cannot be: %p', async (address) => {
    await expect(serve(undefined, address)).rejects.toMatchObject({
      code: 'RUN_LISTEN_FAILED',
      message: expect.stringContaining(`${address.host}:${address.port}`),
      details: address,
    });
  });
});
