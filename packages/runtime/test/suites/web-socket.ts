/** What every WebSocket connector and server of ours must do, told by both ends of connections in one world. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpListener, ServerHandlers, ServerOptions } from '../../src/ports/http-server.ts';
import type { WebSocketConnection, WebSocketOptions } from '../../src/ports/web-socket.ts';
import { ClientRecorder, ServerRecorder } from './socket-recorder.ts';
import type { NetWorld } from './world.ts';

const NO_STATUS = { type: 'reply', status: 404, body: '' } as const;
const MEBIBYTE = 1024 * 1024;

interface Pair {
  readonly client: ClientRecorder;
  readonly connection: WebSocketConnection;
  readonly server: ServerRecorder;
}

export function describeWebSocket(name: string, makeWorld: () => Promise<NetWorld>): void {
  describe(`WebSockets, ${name}`, () => {
    let world: NetWorld;
    let servers: ServerRecorder[];
    let listener: HttpListener;

    const listen = (socket: ServerHandlers['socket'], options: Partial<ServerOptions> = {}): Promise<HttpListener> =>
      world.settle(
        world.httpServer.listen(
          { host: world.host, port: 0, maxFrameBytes: 2 * MEBIBYTE, ...options },
          { request: () => NO_STATUS, ...(socket === undefined ? {} : { socket }) },
        ),
      );

    beforeEach(async () => {
      world = await makeWorld();
      servers = [];
      listener = await listen((upgrade, socket) => {
        const server = new ServerRecorder(upgrade, socket);
        servers.push(server);
        return server;
      });
    });
    afterEach(() => world.close());

    const connect = (url: string, options: Partial<WebSocketOptions> = {}, client = new ClientRecorder()): ClientRecorder => {
      client.connection = world.webSocket.connect({ url, connectTimeoutMs: 5_000, maxMessageBytes: 2 * MEBIBYTE, ...options }, client);
      return client;
    };
    const wsUrl = (path = '/ws'): string => world.url(listener, path, 'ws');
    const open = async (client = new ClientRecorder(), options: Partial<WebSocketOptions> = {}): Promise<Pair> => {
      const before = servers.length;
      connect(wsUrl(), options, client);
      await world.until(() => client.opened && servers.length > before, 'the opening');
      const server = servers[before];
      if (client.connection === undefined || server === undefined) throw new Error('unreachable: waited for both');
      return { client, connection: client.connection, server };
    };
    const closedBoth = async ({ client, server }: Pair): Promise<void> => {
      await world.until(() => client.closed && server.closes.length > 0, 'both ends to be closed');
      await world.quiesce();
      expect(server.closes).toHaveLength(1);
      expect(server.afterClose).toBe(0);
      expect(client.connection?.state).toBe('closed');
    };

    describe('opening', () => {
      it('tells the server path, query and headers', async () => {
        const client = connect(wsUrl('/stream?streams=a@b/c&x=%20'), { headers: { 'X-Test': 'yes' } });
        await world.until(() => client.opened, 'the opening');

        expect(servers[0]?.upgrade).toMatchObject({ path: '/stream', query: 'streams=a@b/c&x=%20' });
        expect(servers[0]?.upgrade.headers['x-test']).toBe('yes');
      });

      it('passes connecting, open, closing, closed and gives no event inside a call', async () => {
        const client = new ClientRecorder();
        connect(wsUrl(), {}, client);
        expect(client.connection?.state).toBe('connecting');
        expect(client.events).toEqual([]);

        await world.until(() => client.opened, 'the opening');
        expect(client.connection?.state).toBe('open');

        client.connection?.close();
        expect(client.connection?.state).toBe('closing');
        expect(client.closed).toBe(false);

        await world.until(() => client.closed, 'the close');
        expect(client.connection?.state).toBe('closed');
      });

      it('delivers what the server sends while it accepts', async () => {
        const greeting = await listen((upgrade, socket) => {
          socket.send('welcome');
          socket.send('again');
          return new ServerRecorder(upgrade, socket);
        });
        const client = connect(world.url(greeting, '/', 'ws'));
        await world.until(() => client.texts('message').length === 2, 'the greeting');

        expect(client.events).toEqual([{ type: 'open' }, { type: 'message', text: 'welcome' }, { type: 'message', text: 'again' }]);
      });

      it.each(['an answer of undefined', 'no handler at all'])('is refused with 404 by %s', async (how) => {
        const refusing = await listen(how === 'no handler at all' ? undefined : () => undefined);
        const client = connect(world.url(refusing, '/nowhere', 'ws'));
        await world.until(() => client.closed, 'the refusal');
        await world.quiesce();

        expect(client.events).toHaveLength(1);
        expect(client.theClose).toMatchObject({ code: 1006, opened: false, httpStatus: 404, error: expect.stringContaining('404') });
      });

      it('is refused with 500 when the handler throws', async () => {
        const failing = await listen(() => {
          throw new Error('a bug');
        });
        const client = connect(world.url(failing, '/', 'ws'));
        await world.until(() => client.closed, 'the refusal');

        expect(client.theClose).toMatchObject({ opened: false, httpStatus: 500 });
      });

      it('fails where nobody listens', async () => {
        const client = connect(await world.refusedUrl('ws'));
        await world.until(() => client.closed, 'the refusal');

        expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: expect.any(String) });
      });

      it.each(['not an address', 'ftp://127.0.0.1/'])('fails as a close for the address %p', async (url) => {
        const client = connect(url);
        expect(client.closed).toBe(false);
        await world.until(() => client.closed, 'the refusal');

        expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: expect.any(String) });
        expect(() => client.connection?.send('x')).toThrow(expect.objectContaining({ code: 'RUN_SOCKET_NOT_OPEN' }));
      });

      it('times out where connections are taken and nothing is answered', async () => {
        const client = connect(await world.silentUrl('ws'), { connectTimeoutMs: 700 });
        await world.quiesce();
        expect(client.events).toEqual([]);
        await world.advance(700);
        await world.until(() => client.closed, 'the time-out');

        expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: expect.stringContaining('700 ms') });
      });

      it('keeps an open connection beyond the time limit of its opening', async () => {
        const pair = await open();
        await world.advance(60_000);
        await world.quiesce();

        expect(pair.connection.state).toBe('open');
      });

      it.each(['close', 'terminate'] as const)('is given up by %s', async (how) => {
        const client = connect(await world.silentUrl('ws'));
        client.connection?.[how]();
        expect(client.events).toEqual([]);
        await world.until(() => client.closed, 'the close');

        expect(client.events).toHaveLength(1);
        expect(client.theClose).toMatchObject({ code: 1006, opened: false });
      });
    });

    describe('carrying text', () => {
      it('keeps the order both ways', async () => {
        const pair = await open();
        const texts = Array.from({ length: 500 }, (_, n) => `message ${n}`);
        for (const text of texts) {
          pair.connection.send(text);
          pair.server.socket.send(text);
        }
        await world.until(() => pair.client.texts('message').length === 500 && pair.server.messages.length === 500, 'all messages');

        expect(pair.client.texts('message')).toEqual(texts);
        expect(pair.server.messages).toEqual(texts);
      });

      it.each(['', 'é\u{1F600}名', '{"id":9223372036854775807}'])('carries %p unchanged', async (text) => {
        const pair = await open();
        pair.connection.send(text);
        await world.until(() => pair.server.messages.length === 1, 'the message');
        pair.server.socket.send(pair.server.messages[0] ?? 'none');
        await world.until(() => pair.client.texts('message').length === 1, 'the answer');

        expect(pair.client.texts('message')).toEqual([text]);
      });

      it('carries a megabyte both ways and counts what is not yet sent', async () => {
        const pair = await open();
        const text = 'x'.repeat(MEBIBYTE);
        pair.connection.send(text);
        pair.server.socket.send(text);
        await world.until(() => pair.client.texts('message').length === 1 && pair.server.messages.length === 1, 'both messages');
        await world.until(() => pair.connection.bufferedBytes === 0 && pair.server.socket.bufferedBytes === 0, 'empty buffers');

        expect(pair.client.texts('message')[0] === text && pair.server.messages[0] === text).toBe(true);
      });

      it('keeps connections apart', async () => {
        const pairs = [await open(), await open(), await open()];
        for (const [n, pair] of pairs.entries()) pair.connection.send(`from ${n}`);
        await world.until(() => pairs.every((pair) => pair.server.messages.length === 1), 'all messages');

        expect(pairs.map((pair) => pair.server.messages)).toEqual([['from 0'], ['from 1'], ['from 2']]);
      });

      it('refuses to send when not open', async () => {
        const early = connect(await world.silentUrl('ws'));
        const refusal = expect.objectContaining({ code: 'RUN_SOCKET_NOT_OPEN' });
        expect(() => early.connection?.send('x')).toThrow(refusal);
        early.connection?.ping();

        const pair = await open();
        pair.connection.close();
        expect(() => pair.connection.send('x')).toThrow(refusal);
        await closedBoth(pair);
        expect(() => pair.connection.send('x')).toThrow(refusal);
        pair.connection.ping();
        pair.server.socket.send('dropped');
        pair.server.socket.ping(new Uint8Array());
        await world.quiesce();

        expect(pair.server.messages).toEqual([]);
      });
    });

    describe('pings', () => {
      it('are answered by either end with the same payload', async () => {
        const pair = await open();
        pair.connection.ping(new TextEncoder().encode('from client'));
        pair.server.socket.ping(new TextEncoder().encode('from server'));
        await world.until(() => pair.client.texts('pong').length === 1 && pair.server.pongs.length === 1, 'both pongs');

        expect(pair.server.pings).toEqual(['from client']);
        expect(pair.client.texts('pong')).toEqual(['from client']);
        expect(pair.client.texts('ping')).toEqual(['from server']);
        expect(pair.server.pongs).toEqual(['from server']);
      });

      it('have their pong on the way before onPing', async () => {
        const client = new ClientRecorder();
        client.react = (event, connection) => {
          if (event.type === 'ping') connection.send('after the pong');
        };
        const pair = await open(client);
        let pongsAtMessage = -1;
        const onMessage = pair.server.onMessage.bind(pair.server);
        pair.server.onMessage = (text) => {
          pongsAtMessage = pair.server.pongs.length;
          onMessage(text);
        };
        pair.server.socket.ping(new TextEncoder().encode('now'));
        await world.until(() => pair.server.messages.length === 1, 'the message');

        expect(pongsAtMessage).toBe(1);
      });

      it('stay unanswered while the server pauses its pongs', async () => {
        const pair = await open();
        pair.server.socket.pausePongs(true);
        pair.connection.ping();
        await world.until(() => pair.server.pings.length === 1, 'the ping');
        await world.quiesce();
        expect(pair.client.texts('pong')).toEqual([]);

        pair.server.socket.pausePongs(false);
        pair.connection.ping(new TextEncoder().encode('again'));
        await world.until(() => pair.client.texts('pong').length === 1, 'the pong');
        expect(pair.client.texts('pong')).toEqual(['again']);
      });
    });

    describe('closing', () => {
      it('by the server tells the client code and reason', async () => {
        const pair = await open();
        pair.server.socket.send('last words');
        pair.server.socket.close(4_001, 'listen key expired');
        await closedBoth(pair);

        expect(pair.client.texts('message')).toEqual(['last words']);
        expect(pair.client.theClose).toEqual({ code: 4_001, reason: 'listen key expired', opened: true });
        expect(pair.server.closes).toEqual([{ code: 4_001, reason: 'listen key expired' }]);
      });

      it('by the client tells the server code and reason', async () => {
        const pair = await open();
        pair.connection.send('last words');
        pair.connection.close(4_002, 'done');
        pair.connection.close(1_000, 'twice');
        await closedBoth(pair);

        expect(pair.server.messages).toEqual(['last words']);
        expect(pair.client.theClose).toEqual({ code: 4_002, reason: 'done', opened: true });
        expect(pair.server.closes).toEqual([{ code: 4_002, reason: 'done' }]);
      });

      it('by the client is 1000 unless said otherwise', async () => {
        const pair = await open();
        pair.connection.close();
        await closedBoth(pair);

        expect(pair.client.theClose).toEqual({ code: 1_000, reason: '', opened: true });
        expect(pair.server.closes).toEqual([{ code: 1_000, reason: '' }]);
      });

      it('still delivers what the server sent before it learned of it', async () => {
        const client = new ClientRecorder();
        client.react = (event, connection) => {
          if (event.type === 'message' && event.text === 'one') connection.close();
        };
        const pair = await open(client);
        for (const text of ['one', 'two', 'three']) pair.server.socket.send(text);
        await closedBoth(pair);

        expect(pair.client.texts('message')).toEqual(['one', 'two', 'three']);
      });

      it('by a cut of the client is 1006 on both ends, and nothing but onClose follows the cut', async () => {
        const client = new ClientRecorder();
        let eventsAfterCut = -1;
        client.react = (event, connection) => {
          if (event.type !== 'message') return;
          connection.terminate();
          eventsAfterCut = client.events.length;
        };
        const pair = await open(client);
        for (const text of ['one', 'two', 'three']) pair.server.socket.send(text);
        await closedBoth(pair);

        expect(pair.client.texts('message')).toEqual(['one']);
        expect(pair.client.events).toHaveLength(eventsAfterCut + 1);
        expect(pair.client.theClose).toMatchObject({ code: 1_006, opened: true, error: expect.any(String) });
        expect(pair.server.closes).toEqual([{ code: 1_006, reason: '' }]);
      });

      it('by a cut of the server is 1006 on both ends', async () => {
        const pair = await open();
        pair.server.socket.terminate();
        await closedBoth(pair);

        expect(pair.client.theClose).toMatchObject({ code: 1_006, opened: true, error: expect.any(String) });
        expect(pair.server.closes).toEqual([{ code: 1_006, reason: '' }]);
      });

      it('of the listener cuts what is open', async () => {
        const pair = await open();
        await world.settle(listener.close());
        await closedBoth(pair);

        expect(pair.client.theClose).toMatchObject({ code: 1_006, error: expect.any(String) });
      });

      it('after the close nothing happens any more', async () => {
        const pair = await open();
        pair.connection.close();
        await closedBoth(pair);
        pair.connection.close(4_000, 'again');
        pair.connection.terminate();
        pair.server.socket.close(4_000, 'again');
        pair.server.socket.terminate();
        await world.advance(60_000);
        await world.quiesce();

        expect(pair.client.theClose.code).toBe(1_000);
        expect(pair.server.closes).toHaveLength(1);
      });

      it('with 1009 when the server sends too large a message', async () => {
        const pair = await open(new ClientRecorder(), { maxMessageBytes: 1_000 });
        pair.server.socket.send('x'.repeat(1_000));
        pair.server.socket.send('x'.repeat(1_001));
        pair.server.socket.send('after');
        await closedBoth(pair);

        expect(pair.client.texts('message')).toEqual(['x'.repeat(1_000)]);
        expect(pair.client.theClose).toMatchObject({ code: 1_009, opened: true, error: expect.any(String) });
        expect(pair.server.closes[0]?.code).toBe(1_009);
      });

      it('with 1009 when the client sends too large a message', async () => {
        const pair = await open();
        pair.connection.send('x'.repeat(2 * MEBIBYTE + 1));
        await closedBoth(pair);

        expect(pair.server.messages).toEqual([]);
        expect(pair.server.closes[0]?.code).toBe(1_009);
        expect(pair.client.theClose.opened).toBe(true);
      });

      it('with 1011 when a handler of the server throws', async () => {
        const pair = await open();
        pair.server.onMessage = () => {
          throw new Error('a bug');
        };
        pair.connection.send('x');
        await closedBoth(pair);

        expect(pair.client.theClose).toMatchObject({ code: 1_011, opened: true });
      });
    });
  });
}
