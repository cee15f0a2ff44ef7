/** The live server over TLS, with the live clients against it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClosableHttpClient, createHttpClient } from '../../src/net/axios-http-client.ts';
import { createHttpServer } from '../../src/net/node-http-server.ts';
import { createWebSocketConnector } from '../../src/net/ws-connector.ts';
import type { HttpListener } from '../../src/ports/http-server.ts';
import { ClientRecorder } from '../suites/socket-recorder.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';
import { ManualClock, until } from './live-world.ts';
import { dialRaw } from './raw-client.ts';

const TLS = { certificate: TEST_CERTIFICATE, key: TEST_KEY };

describe('a server with a certificate', () => {
  const clock = new ManualClock();
  let http: ClosableHttpClient;
  let listener: HttpListener;

  beforeEach(async () => {
    http = createHttpClient({ clock, ca: TEST_CERTIFICATE });
    listener = await createHttpServer({ clock }).listen(
      { host: '127.0.0.1', port: 0, tls: TLS },
      {
        request: ({ path, remoteAddress }) => ({ type: 'reply', status: 200, body: `${path} ${remoteAddress}` }),
        socket: (upgrade, socket) => {
          socket.send(`hello ${upgrade.path}`);
          return { onMessage: (text) => socket.send(text), onPing: () => {}, onPong: () => {}, onClose: () => {} };
        },
      },
    );
  });
  afterEach(async () => {
    await http.close();
    await listener.close();
  });

  it('answers requests and keeps sockets over TLS', async () => {
    const url = `https://127.0.0.1:${listener.port}/a`;
    expect(await http.request({ method: 'GET', url, headers: {}, timeoutMs: 5_000 })).toMatchObject({ status: 200, body: '/a 127.0.0.1' });
    const client = new ClientRecorder();
    const options = { url: `wss://127.0.0.1:${listener.port}/ws`, connectTimeoutMs: 5_000, maxMessageBytes: 1_000 };
    client.connection = createWebSocketConnector({ clock, ca: TEST_CERTIFICATE }).connect(options, client);
    await until(() => client.texts('message').length === 1, 'the greeting');
    client.connection.send('echo');
    await until(() => client.texts('message').length === 2, 'the echo');
    expect(client.texts('message')).toEqual(['hello /ws', 'echo']);
    client.connection.terminate();
    await until(() => client.closed, 'the close');
  });

  it('outlives a peer that speaks plain HTTP to it', async () => {
    const plain = await dialRaw(listener.port);
    plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await plain.ends();
    const url = `https://127.0.0.1:${listener.port}/b`;
    expect(await http.request({ method: 'GET', url, headers: {}, timeoutMs: 5_000 })).toMatchObject({ status: 200 });
  });

  it('is refused with the reason when certificate and key cannot be used', async () => {
    const listen = createHttpServer({ clock }).listen(
      { host: '127.0.0.1', port: 0, tls: { certificate: 'no PEM', key: TEST_KEY } },
      { request: () => ({ type: 'reset' }) },
    );
    await expect(listen).rejects.toMatchObject({ code: 'RUN_LISTEN_FAILED', message: expect.stringContaining('certificate or key') });
  });
});
