/** The live HTTP client against servers that break the rules. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpRequest, HttpResult } from '../../src/ports/http-client.ts';
import {
  drip,
  HTTP_MISBEHAVIOURS,
  type MisbehavingServer,
  type Misbehaviour,
  reply,
  startMisbehaving,
} from '../suites/misbehaving-server.ts';
import { type LiveWorld, makeLiveWorld, quiesce, turn, until, withDeadline } from './live-world.ts';

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

describe('an answer that is broken is a failure, perhaps sent, and its connection is not used again', () => {
  it.each([
    ['closesAtOnce', 'cut'],
    ['resets', 'cut'],
    ['cutsHead', 'cut'],
    ['resetsInHead', 'cut'],
    ['cutsBody', 'cut'],
    ['resetsInBody', 'cut'],
    ['cutsChunks', 'cut'],
    ['cutsInsideChunk', 'cut'],
    ['garblesChunks', 'malformed'],
    ['speaksGarbage', 'malformed'],
    ['speaksTls', 'malformed'],
    ['contradictsLength', 'malformed'],
    ['negativeLength', 'malformed'],
    ['lengthTooShort', 'malformed'],
    ['giantHeader', 'too-large'],
    ['switchesProtocols', 'malformed'],
    ['continuesOnly', 'cut'],
  ] as const)('%s → %s', async (how, reason) => {
    await start((socket, head, nth) => {
      if (nth === 1) HTTP_MISBEHAVIOURS[how](socket, head, nth);
      else socket.write(reply('well'));
    });

    expect(await ask()).toMatchObject({ type: 'failure', reason, sent: 'maybe', message: expect.stringMatching(/./) });
    expect(await ask()).toMatchObject({ type: 'response', body: 'well' });
    expect(server.connections).toBe(2);
    expect(world.clock.waiting).toBe(0);
  });

  it('badCompression → malformed', async () => {
    await start(HTTP_MISBEHAVIOURS.badCompression);

    expect(await ask()).toMatchObject({ type: 'failure', reason: 'malformed', sent: 'maybe' });
  });

  it.each(['giantBody', 'endlessBody'] as const)('%s → too-large, and the connection is cut', async (how) => {
    await start(HTTP_MISBEHAVIOURS[how]);

    expect(await ask({ maxBytes: 50_000 })).toMatchObject({ type: 'failure', reason: 'too-large', sent: 'maybe' });
    await until(() => server.openConnections === 0, 'the connection to be cut');
  });

  it('a small compressed body that unpacks beyond the bound → too-large', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    await start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });

    expect(await ask({ maxBytes: 50_000 })).toMatchObject({ type: 'failure', reason: 'too-large', sent: 'maybe' });
  });

  it.each(['neverAnswers', 'headOnly'] as const)('%s → timeout, and the connection is cut', async (how) => {
    await start(HTTP_MISBEHAVIOURS[how]);
    const pending = ask();
    await until(() => server.heads.length === 1, 'the request');
    await quiesce();
    world.clock.advance(999);
    await quiesce();
    expect(server.openConnections).toBe(1);
    world.clock.advance(1);

    expect(await pending).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'maybe' });
    await until(() => server.openConnections === 0, 'the connection to be cut');
  });

  it('a body that drips for ever → timeout, counted from the call', async () => {
    await start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
      drip(socket, 'x'.repeat(1_000_000));
    });
    const pending = ask();
    await until(() => server.heads.length === 1, 'the request');
    for (let step = 0; step < 10; step += 1) {
      await turn();
      world.clock.advance(100);
    }

    expect(await pending).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'maybe' });
  });
});

describe('an answer that is strange but whole is an answer', () => {
  it('redirects → the 307 itself, and exactly one request arrives', async () => {
    await start(HTTP_MISBEHAVIOURS.redirects);

    expect(await ask({ body: 'an order' })).toMatchObject({ type: 'response', status: 307, headers: { location: '/order' } });
    await quiesce();
    expect(server.heads).toHaveLength(1);
  });

  it('in single bytes', async () => {
    await start((socket) => drip(socket, reply('{"a":1}', 'X-Name: value\r\n')));

    expect(await ask()).toMatchObject({ type: 'response', body: '{"a":1}', headers: { 'x-name': 'value' } });
  });

  it('without a length, ended by the close', async () => {
    await start((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));

    expect(await ask()).toMatchObject({ type: 'response', body: 'to the end' });
  });

  it('after a 100 Continue', async () => {
    await start((socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${reply('after')}`));

    expect(await ask()).toMatchObject({ type: 'response', status: 200, body: 'after' });
  });

  it('with headers that come twice', async () => {
    await start((socket) => void socket.write(reply('', 'Set-Cookie: a\r\nset-cookie: b\r\nX-A: 1\r\nX-A: 2\r\n')));

    expect(await ask()).toMatchObject({ headers: { 'set-cookie': 'a, b', 'x-a': '1, 2' } });
  });

  it('compressed', async () => {
    const packed = gzipSync('{"unpacked":true}');
    await start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`);
      socket.write(packed);
    });

    expect(await ask()).toMatchObject({ body: '{"unpacked":true}' });
  });
});

describe('a kept connection', () => {
  it('carries the next request', async () => {
    await start((socket, _head, nth) => void socket.write(reply(`answer ${nth}`)));

    for (let n = 1; n <= 5; n += 1) expect(await ask()).toMatchObject({ body: `answer ${n}` });
    expect(server.connections).toBe(1);
  });

  it('that the server closed while idle is replaced', async () => {
    await start((socket) => void socket.end(reply('bye')));

    expect(await ask()).toMatchObject({ body: 'bye' });
    await until(() => server.openConnections === 0, 'the close');
    await quiesce();
    expect(await ask()).toMatchObject({ body: 'bye' });
    expect(server.connections).toBe(2);
  });

  it('that turns out dead leaves the request perhaps sent, and nothing is resent', async () => {
    await start((socket, _head, nth) => {
      if (nth === 2) socket.resetAndDestroy();
      else socket.write(reply('ok'));
    });

    expect(await ask()).toMatchObject({ body: 'ok' });
    expect(await ask({ body: 'an order' })).toMatchObject({ type: 'failure', reason: 'cut', sent: 'maybe' });
    await quiesce();
    expect(server.heads).toHaveLength(2);
    expect(server.connections).toBe(1);
  });

  it('never hands a second answer to the next request: both in one piece', async () => {
    await start((socket, head, nth) => {
      if (nth === 1) HTTP_MISBEHAVIOURS.twoAnswers(socket, head, nth);
      else socket.write(reply('own'));
    });

    const first = await ask();
    const second = await ask();

    expect(first.type === 'failure' || first.body === 'first').toBe(true);
    expect(second).toMatchObject({ body: 'own' });
  });

  it('never hands a second answer to the next request: the second one while idle', async () => {
    let sayMore = (): void => {};
    await start((socket, _head, nth) => {
      socket.write(reply(nth === 1 ? 'first' : 'own'));
      if (nth === 1) sayMore = () => void socket.write(reply('second'));
    });

    expect(await ask()).toMatchObject({ body: 'first' });
    await quiesce();
    expect(server.openConnections).toBe(1);
    sayMore();
    await until(() => server.openConnections === 0, 'the connection that is out of step to be dropped');
    expect(await ask()).toMatchObject({ body: 'own' });
    expect(server.connections).toBe(2);
  });

  it('is closed by us once it was idle for its time', async () => {
    await world.close();
    world = await makeLiveWorld({ idleSocketMs: 5 });
    await start((socket) => void socket.write(reply('ok')));

    expect(await ask()).toMatchObject({ body: 'ok' });
    await until(() => server.openConnections === 0, 'the idle connection to be closed');
  });
});
