/** WebSockets over TLS: what only the live connector has. */
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createWebSocketConnector } from '../../src/net/ws-connector.ts';
import { frame, OPCODE, upgradeAnswer } from '../suites/misbehaving-server.ts';
import { ClientRecorder } from '../suites/socket-recorder.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';
import { ManualClock, until } from './live-world.ts';

describe('a WebSocket over TLS', () => {
  let secure: https.Server;
  let upgraded: Duplex[];

  beforeEach(async () => {
    upgraded = [];
    secure = https.createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY });
    secure.on('upgrade', (request, socket) => {
      upgraded.push(socket);
      const head = `Sec-WebSocket-Key: ${request.headers['sec-websocket-key']}`;
      socket.write(Buffer.concat([Buffer.from(upgradeAnswer(head)), frame(OPCODE.text, 'welcome')]));
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of upgraded) socket.destroy();
    secure.close();
  });

  const connect = (ca?: string): ClientRecorder => {
    const client = new ClientRecorder();
    const url = `wss://127.0.0.1:${(secure.address() as AddressInfo).port}/ws`;
    const connector = createWebSocketConnector({ clock: new ManualClock(), ...(ca === undefined ? {} : { ca }) });
    client.connection = connector.connect({ url, connectTimeoutMs: 1_000, maxMessageBytes: 1_000 }, client);
    return client;
  };

  it('opens to a trusted peer', async () => {
    const client = connect(TEST_CERTIFICATE);
    await until(() => client.texts('message').length === 1, 'the greeting');
    client.connection?.terminate();
    await until(() => client.closed, 'the close');

    expect(client.events.map((event) => event.type)).toEqual(['open', 'message', 'close']);
  });

  it('does not open to a peer that is not trusted', async () => {
    const client = connect();
    await until(() => client.closed, 'the close');

    expect(client.theClose).toMatchObject({ code: 1006, opened: false, error: expect.stringContaining('self-signed') });
    expect(upgraded).toEqual([]);
  });
});
