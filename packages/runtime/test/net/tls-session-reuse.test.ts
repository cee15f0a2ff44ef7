/** Handshakes as the peer counts them: one in full per host, then sessions are resumed. */
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient } from '../../src/net/axios-http-client.ts';
import { createWebSocketConnector } from '../../src/net/ws-connector.ts';
import { frame, OPCODE, upgradeAnswer } from '../suites/misbehaving-server.ts';
import { ClientRecorder } from '../suites/socket-recorder.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';
import { ManualClock, until } from './live-world.ts';

describe('TLS sessions', () => {
  let server: https.Server;
  /** In the order of the connections. */
  let handshakes: ('full' | 'resumed')[];
  let open: Duplex[];
  let closesAfterAnswer: boolean;

  beforeEach(async () => {
    handshakes = [];
    open = [];
    closesAfterAnswer = true;
    server = https.createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_request, response) => {
      response.writeHead(200, closesAfterAnswer ? { connection: 'close' } : {});
      response.end('{}');
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      handshakes.push(socket.isSessionReused() ? 'resumed' : 'full');
      open.push(socket);
    });
    server.on('upgrade', (request, socket) => {
      const head = `Sec-WebSocket-Key: ${request.headers['sec-websocket-key']}`;
      socket.write(Buffer.concat([Buffer.from(upgradeAnswer(head)), frame(OPCODE.text, 'welcome')]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });

  const port = (): number => (server.address() as AddressInfo).port;

  it('are resumed by HTTP connections after the first', async () => {
    const client = createHttpClient({ clock: new ManualClock(), ca: TEST_CERTIFICATE });
    for (let i = 0; i < 4; i += 1) {
      const result = await client.request({ method: 'GET', url: `https://127.0.0.1:${port()}/`, headers: {}, timeoutMs: 20_000 });
      expect(result).toMatchObject({ type: 'response', status: 200 });
    }
    client.close();
    expect(handshakes).toEqual(['full', 'resumed', 'resumed', 'resumed']);
  });

  it('are not even needed while a connection is kept', async () => {
    closesAfterAnswer = false;
    const client = createHttpClient({ clock: new ManualClock(), ca: TEST_CERTIFICATE });
    const ask = () => client.request({ method: 'GET', url: `https://127.0.0.1:${port()}/`, headers: {}, timeoutMs: 20_000 });
    await Promise.all([ask(), ask(), ask()]);
    await Promise.all([ask(), ask(), ask()]);
    client.close();
    expect(handshakes.length).toBe(3);
  });

  it('are resumed by WebSockets after the first', async () => {
    const connector = createWebSocketConnector({ clock: new ManualClock(), ca: TEST_CERTIFICATE });
    for (let i = 0; i < 3; i += 1) {
      const client = new ClientRecorder();
      client.connection = connector.connect(
        { url: `wss://127.0.0.1:${port()}/ws`, connectTimeoutMs: 20_000, maxMessageBytes: 1_000 },
        client,
      );
      await until(() => client.texts('message').length === 1, 'the greeting');
      client.connection?.terminate();
      await until(() => client.closed, 'the close');
    }
    expect(handshakes).toEqual(['full', 'resumed', 'resumed']);
  });
});
