/** The live WebSocket connector against servers that break the rules. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  drip,
  frame,
  HTTP_MISBEHAVIOURS,
  type MisbehavingServer,
  type Misbehaviour,
  OPCODE,
  startMisbehaving,
  upgradeAnswer,
  upgradesAndSends,
} from '../suites/misbehaving-server.ts';
import { ClientRecorder } from '../suites/socket-recorder.ts';
import { type LiveWorld, makeLiveWorld, quiesce, until } from './live-world.ts';

let world: LiveWorld;
let server: MisbehavingServer;
let client: ClientRecorder;

beforeEach(async () => {
  world = await makeLiveWorld();
});
afterEach(async () => {
  client.connection?.terminate();
  await until(() => client.closed, 'the end of the connection');
  await quiesce();
  expect(client.theClose).toBeDefined();
  expect(world.clock.waiting).toBe(0);
  await world.close();
  await server.close();
});

const connect = async (misbehave: Misbehaviour, maxMessageBytes = 100_000): Promise<void> => {
  server = await startMisbehaving(misbehave);
  client = new ClientRecorder();
  client.connection = world.webSocket.connect({ url: server.wsUrl, connectTimeoutMs: 1_000, maxMessageBytes }, client);
};

describe('an opening that is spoiled is one close that never opened', () => {
  it.each([
    'closesAtOnce',
    'resets',
    'cutsHead',
    'speaksGarbage',
    'speaksTls',
    'giantHeader',
    'switchesProtocols',
    'redirects',
    'endlessBody',
  ] as const)('%s', async (how) => {
    await connect(HTTP_MISBEHAVIOURS[how]);
    await until(() => client.closed, 'the close');

    expect(client.events).toHaveLength(1);
    expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: expect.stringMatching(/./) });
    await until(() => server.openConnections === 0, 'the connection to be cut');
    expect(server.heads).toHaveLength(1);
    expect(world.clock.waiting).toBe(0);
  });

  it('a redirect is told by its status and not followed', async () => {
    await connect(HTTP_MISBEHAVIOURS.redirects);
    await until(() => client.closed, 'the close');
    await quiesce();

    expect(client.theClose.httpStatus).toBe(307);
    expect(server.heads).toHaveLength(1);
  });

  it('a wrong accept key', async () => {
    await connect((socket, head) => void socket.write(upgradeAnswer(head).replace(/Accept: ..../, 'Accept: AAAA')));
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ opened: false, error: expect.stringContaining('Sec-WebSocket-Accept') });
  });

  it('an answer that drips: the time limit counts from the call, not from the last byte', async () => {
    await connect((socket) => drip(socket, `HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(15_000)}`));
    await until(() => server.heads.length === 1, 'the request');
    for (let step = 0; step < 10; step += 1) {
      expect(client.closed).toBe(false);
      await quiesce();
      world.clock.advance(100);
    }
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: 'not open within 1000 ms' });
    await until(() => server.openConnections === 0, 'the connection to be cut');
  });
});

describe('what comes with or right after the upgrade answer is not lost', () => {
  it('frames in the same segment', async () => {
    await connect(upgradesAndSends(frame(OPCODE.text, 'first'), frame(OPCODE.text, 'second')));
    await until(() => client.texts('message').length === 2, 'both messages');

    expect(client.events.map((event) => event.type)).toEqual(['open', 'message', 'message']);
    expect(client.texts('message')).toEqual(['first', 'second']);
  });

  it('half a frame in the same segment, the rest in single bytes', async () => {
    const bytes = frame(OPCODE.text, 'é: in pieces');
    await connect((socket, head) => {
      socket.write(Buffer.concat([Buffer.from(upgradeAnswer(head)), bytes.subarray(0, 3)]), () => drip(socket, bytes.subarray(3)));
    });
    await until(() => client.texts('message').length === 1, 'the message');

    expect(client.texts('message')).toEqual(['é: in pieces']);
  });

  it('a ping, answered before anything else', async () => {
    await connect(upgradesAndSends(frame(OPCODE.ping, 'hello')));
    await until(() => (server.tails[0]?.length ?? 0) >= 6 + 5, 'the pong');

    expect(client.texts('ping')).toEqual(['hello']);
    expect(unmasked(server.tails[0])).toEqual({ opcode: OPCODE.pong, payload: 'hello' });
  });

  it('a close', async () => {
    await connect(upgradesAndSends(closeFrame(4_000, 'go away')));
    await until(() => (server.tails[0]?.length ?? 0) > 0, 'the answer to the close');
    await server.close();
    await until(() => client.closed, 'the close');

    expect(client.events.map((event) => event.type)).toEqual(['open', 'close']);
    expect(client.theClose).toEqual({ code: 4_000, reason: 'go away', opened: true });
  });
});

describe('frames', () => {
  it('in fragments, with a ping between them, are one message', async () => {
    const long = 'x'.repeat(70_000);
    await connect(
      upgradesAndSends(
        frame(OPCODE.text, 'one ', { fin: false }),
        frame(OPCODE.ping, 'between'),
        frame(OPCODE.continuation, 'two ', { fin: false }),
        frame(OPCODE.continuation, long),
        frame(OPCODE.text, 'next'),
      ),
    );
    await until(() => client.texts('message').length === 2, 'both messages');

    expect(client.texts('message')).toEqual([`one two ${long}`, 'next']);
    expect(client.texts('ping')).toEqual(['between']);
  });

  it.each([
    ['masked by the server', frame(OPCODE.text, 'hello', { masked: true }), 1002],
    ['of an unknown kind', frame(3, 'hello'), 1002],
    ['with reserved bits', frame(OPCODE.text, 'hello', { reserved: 4 }), 1002],
    ['continuing nothing', frame(OPCODE.continuation, 'hello'), 1002],
    ['pinging in fragments', frame(OPCODE.ping, 'hello', { fin: false }), 1002],
    ['pinging with 126 bytes', frame(OPCODE.ping, 'x'.repeat(126)), 1002],
    ['that are garbage', Buffer.from('HTTP/1.1 500 sorry\r\n\r\n'), 1002],
    ['that are not UTF-8', frame(OPCODE.text, Buffer.from([0xff, 0xfe])), 1007],
    ['with a close code that does not exist', closeFrame(999, ''), 1002],
    ['too large', frame(OPCODE.text, 'x'.repeat(100_001)), 1009],
    ['that announce more than fits', frame(OPCODE.text, '', { length: 2 ** 40 }), 1009],
    ['too large in sum', Buffer.concat([frame(OPCODE.text, 'x'.repeat(60_000), { fin: false }), frame(0, 'x'.repeat(60_000))]), 1009],
    ['in binary', frame(OPCODE.binary, 'hello'), 1003],
  ])('%s end the connection at once, with the code', async (_what, bytes, code) => {
    await connect(upgradesAndSends(frame(OPCODE.text, 'before'), bytes, frame(OPCODE.text, 'after')));
    await until(() => client.closed, 'the close');

    expect(client.texts('message')).toEqual(['before']);
    expect(client.theClose).toMatchObject({ code, reason: '', opened: true, error: expect.stringMatching(/./) });
    await until(() => (server.tails[0]?.length ?? 0) > 0, 'the close frame');
    const sent = unmasked(server.tails[0]);
    expect([sent.opcode, Buffer.from(sent.payload, 'latin1').readUInt16BE(0)]).toEqual([OPCODE.close, code]);
  });

  it('cut in the middle are a cut', async () => {
    await connect((socket, head) => {
      socket.write(Buffer.concat([Buffer.from(upgradeAnswer(head)), frame(OPCODE.text, 'a long message').subarray(0, 5)]), () =>
        socket.end(),
      );
    });
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ code: 1006, opened: true, error: expect.any(String) });
  });
});

describe('a peer that is half dead', () => {
  it('that answers the closing ends it, and no timer stays', async () => {
    await connect((socket, head) => {
      socket.write(upgradeAnswer(head));
      socket.on('data', (bytes: Buffer) => {
        if (unmasked(bytes).opcode === OPCODE.close) socket.end(closeFrame(1_000, 'bye'));
      });
    });
    await until(() => client.opened, 'the opening');
    client.connection?.close(1_000, 'bye');
    await until(() => client.closed, 'the close');

    expect(client.theClose).toEqual({ code: 1_000, reason: 'bye', opened: true });
    expect(world.clock.waiting).toBe(0);
  });

  it('that never answers pings keeps the connection: silence is judged by the caller', async () => {
    await connect(upgradesAndSends());
    await until(() => client.opened, 'the opening');
    for (let n = 0; n < 5; n += 1) client.connection?.ping();
    world.clock.advance(60_000);
    await quiesce();

    expect(client.events.map((event) => event.type)).toEqual(['open']);
  });

  it('that never answers the closing is cut after two seconds', async () => {
    await connect(upgradesAndSends());
    await until(() => client.opened, 'the opening');
    client.connection?.close(1_000, 'bye');
    await quiesce();
    world.clock.advance(1_999);
    await quiesce();
    expect(client.closed).toBe(false);
    expect(client.connection?.state).toBe('closing');
    world.clock.advance(1);
    await until(() => client.closed, 'the cut');

    expect(client.theClose).toMatchObject({ code: 1006, opened: true, error: expect.stringContaining('2000 ms') });
    await until(() => server.openConnections === 0, 'the connection to be cut');
  });

  it('that resets is a cut', async () => {
    await connect((socket, head) => {
      socket.write(upgradeAnswer(head), () => socket.resetAndDestroy());
    });
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ code: 1006, error: expect.any(String) });
  });

  it('that ends without a closing frame is a cut', async () => {
    await connect((socket, head) => void socket.end(upgradeAnswer(head)));
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ code: 1006, error: expect.any(String) });
  });

  it('that pings for ever and never reads is cut before its pongs fill the memory', async () => {
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame(OPCODE.ping, 'x'.repeat(125))));
    await connect((socket, head) => {
      socket.pause();
      socket.write(upgradeAnswer(head));
      const more = (): void => {
        while (!socket.destroyed && socket.write(pings));
      };
      socket.on('drain', more);
      more();
    });
    await until(() => client.closed, 'the cut');

    expect(client.theClose).toMatchObject({ code: 1006, error: expect.stringContaining('does not read') });
  });
});

function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return frame(OPCODE.close, payload);
}

/** Reads the first, short frame that a client sent. */
function unmasked(bytes: Buffer = Buffer.alloc(0)): { readonly opcode: number; readonly payload: string } {
  const length = (bytes[1] ?? 0) & 0x7f;
  const payload = bytes.subarray(6, 6 + length).map((byte, index) => byte ^ (bytes[2 + (index % 4)] ?? 0));
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: Buffer.from(payload).toString('latin1') };
}
