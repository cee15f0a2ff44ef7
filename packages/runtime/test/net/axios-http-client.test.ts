/** What only the live HTTP client has: TLS, names, pools, its own close. */
import diagnostics from 'node:diagnostics_channel';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient } from '../../src/net/axios-http-client.ts';
import type { HttpRequest, HttpResult } from '../../src/ports/http-client.ts';
import { HTTP_MISBEHAVIOURS, type MisbehavingServer, type Misbehaviour, reply, startMisbehaving } from '../suites/misbehaving-server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';
import { type LiveWorld, makeLiveWorld, quiesce, until, withDeadline } from './live-world.ts';

let world: LiveWorld;
let server: MisbehavingServer;

beforeEach(async () => {
  world = await makeLiveWorld({ maxSockets: 1 });
});
afterEach(async () => {
  await world.close();
  await server.close();
});

const start = async (misbehave: Misbehaviour): Promise<void> => {
  server = await startMisbehaving(misbehave);
};
const ask = (parts: Partial<HttpRequest> = {}): Promise<HttpResult> =>
  withDeadline(world.http.request({ method: 'POST', url: server.url, headers: {}, timeoutMs: 1_000, ...parts }));
const answerOk: Misbehaviour = (socket) => void socket.write(reply('ok'));

describe('what it puts on the wire', () => {
  it('is what was asked for and nothing that was not', async () => {
    await start(answerOk);
    await ask({ url: `${server.url}?a='b'`, headers: { 'X-MBX-APIKEY': 'key' }, body: 'x=é' });

    expect(server.heads[0]?.split('\r\n')).toEqual([
      "POST /order?a='b' HTTP/1.1",
      'X-MBX-APIKEY: key',
      'user-agent: fillwright',
      'accept-encoding: gzip, deflate, br',
      'content-length: 4',
      `Host: 127.0.0.1:${server.port}`,
      'Connection: keep-alive',
    ]);
  });

  it('says that a POST without a body has none', async () => {
    await start(answerOk);
    await ask();

    expect(server.heads[0]).toContain('Content-Length: 0');
    expect(server.heads[0]?.toLowerCase()).not.toContain('transfer-encoding');
  });

  it('opens the request inside the call', async () => {
    await start(answerOk);
    let opened = 0;
    const count = (): void => {
      opened += 1;
    };
    diagnostics.subscribe('http.client.request.created', count);
    const pending = ask();
    const openedInside = opened;
    diagnostics.unsubscribe('http.client.request.created', count);
    await pending;

    expect(openedInside).toBe(1);
  });

  it('goes to the venue itself, whatever proxy the environment names', async () => {
    await start(answerOk);
    const before = process.env.http_proxy;
    process.env.http_proxy = 'http://127.0.0.1:1';
    try {
      expect(await ask()).toMatchObject({ body: 'ok' });
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    }
  });

  it.each([
    { url: 'http://127.0.0.1:1/a b' },
    { url: 'http://127.0.0.1:99999/' },
    { url: 'ftp://127.0.0.1/' },
    { url: 'data:text/plain,order' },
    { url: '/order' },
    { url: '' },
    { headers: { 'X-Bad': 'line\r\nbreak' } },
    { headers: { 'bad name': 'x' } },
  ])('refuses to write %p', async (parts) => {
    await start(answerOk);

    expect(await ask(parts)).toMatchObject({ type: 'failure', reason: 'malformed', sent: 'no' });
    expect(world.clock.waiting).toBe(0);
    expect(server.connections).toBe(0);
  });
});

describe('requests that wait for a connection', () => {
  it('time out as not sent, and are not written later', async () => {
    await start(HTTP_MISBEHAVIOURS.neverAnswers);
    const first = ask({ timeoutMs: 2_000 });
    await until(() => server.heads.length === 1, 'the first request');
    const second = ask({ timeoutMs: 1_000 });
    world.clock.advance(1_000);
    expect(await second).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'no' });

    world.clock.advance(1_000);
    expect(await first).toMatchObject({ reason: 'timeout', sent: 'maybe' });
    await quiesce();
    expect(server.heads).toHaveLength(1);
  });

  it('are not written on one that comes after their time, though no timer had its turn yet', async () => {
    await start(answerOk);
    let nowUs = 0;
    const stopped = { wallUs: () => world.clock.wallUs(), monotonicUs: () => nowUs, after: () => ({ cancel: () => {} }) };
    const client = createHttpClient({ clock: stopped });
    const asked = client.request({ method: 'POST', url: server.url, headers: {}, timeoutMs: 1_000 });
    nowUs = 1_000_000;

    expect(await withDeadline(asked)).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'no' });
    client.close();
    await quiesce();
    expect(server.heads).toEqual([]);
  });

  it('are refused beyond the bound, and taken again below it', async () => {
    await world.close();
    world = await makeLiveWorld({ maxSockets: 1, maxPending: 2 });
    await start(answerOk);
    const results = await Promise.all([ask(), ask(), ask()]);

    expect(results.map((result) => result.type)).toEqual(['response', 'response', 'failure']);
    expect(results[2]).toMatchObject({ reason: 'refused', sent: 'no', message: expect.stringContaining('2 requests') });
    expect(await ask()).toMatchObject({ type: 'response' });
  });
});

describe('closing the client', () => {
  it('gives up what is under way, saying which may have been sent', async () => {
    await start(HTTP_MISBEHAVIOURS.neverAnswers);
    const client = createHttpClient({ clock: world.clock, maxSockets: 1 });
    const parts = { method: 'POST', url: server.url, headers: {}, timeoutMs: 1_000 } as const;
    const written = client.request(parts);
    await until(() => server.heads.length === 1, 'the request');
    const queued = client.request(parts);
    client.close();
    client.close();

    expect(await written).toMatchObject({ type: 'failure', reason: 'closed', sent: 'maybe' });
    expect(await queued).toMatchObject({ type: 'failure', reason: 'closed', sent: 'no' });
    expect(await client.request(parts)).toMatchObject({ type: 'failure', reason: 'closed', sent: 'no' });
    await until(() => server.openConnections === 0, 'the connections to be cut');
    expect(server.heads).toHaveLength(1);
    expect(world.clock.waiting).toBe(0);
  });
});

describe('names', () => {
  it('that do not resolve are unresolved, not sent', async () => {
    await start(answerOk);

    expect(await ask({ url: 'http://no-such-host.invalid/order' })).toMatchObject({ type: 'failure', reason: 'unresolved', sent: 'no' });
  });
});

describe('TLS', () => {
  let secure: https.Server;
  let url: string;
  let received: number;

  beforeEach(async () => {
    received = 0;
    secure = https.createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_request, response) => {
      received += 1;
      if (received === 3) response.socket?.destroy();
      else response.end('ok');
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/order`;
    await start(answerOk);
  });
  afterEach(() => {
    secure.closeAllConnections();
    secure.close();
  });

  it('to a trusted peer carries requests on a kept connection', async () => {
    await world.close();
    world = await makeLiveWorld({ ca: TEST_CERTIFICATE });

    expect(await ask({ url })).toMatchObject({ type: 'response', body: 'ok' });
    expect(await ask({ url })).toMatchObject({ type: 'response', body: 'ok' });
    expect(await ask({ url })).toMatchObject({ type: 'failure', reason: 'cut', sent: 'maybe' });
  });

  it('to a peer that is not trusted sends nothing', async () => {
    expect(await ask({ url })).toMatchObject({
      type: 'failure',
      reason: 'refused',
      sent: 'no',
      message: expect.stringContaining('SELF_SIGNED'),
    });
    expect(received).toBe(0);
  });

  it('that is never agreed times out as not sent', async () => {
    const silent = await world.silentUrl('http');
    const pending = ask({ url: silent.replace('http:', 'https:') });
    await quiesce();
    world.clock.advance(1_000);

    expect(await pending).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'no' });
  });

  it.each([
    ['speaksGarbage', 'malformed'],
    ['closesAtOnce', 'cut'],
    ['resets', 'cut'],
  ] as const)('to a peer that %s instead of shaking hands is %s, not sent', async (how, reason) => {
    const plain = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => HTTP_MISBEHAVIOURS[how](socket, '', 1));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const result = await ask({ url: `https://127.0.0.1:${(plain.address() as AddressInfo).port}/` });
    plain.close();

    expect(result).toMatchObject({ type: 'failure', reason, sent: 'no' });
  });
});
