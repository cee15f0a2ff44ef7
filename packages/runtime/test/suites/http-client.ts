/** What every HTTP client and server of ours must do, told by a client and a server of the same world talking to each other. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpRequest, HttpResponse, HttpResult } from '../../src/ports/http-client.ts';
import type { HttpListener, ServerHandlers, ServerOptions, ServerReply, ServerRequest } from '../../src/ports/http-server.ts';
import type { NetWorld } from './world.ts';

const OK: ServerReply = { type: 'reply', status: 200, body: 'ok' };

export function describeHttpClient(name: string, makeWorld: () => Promise<NetWorld>): void {
  describe(`HTTP client and server, ${name}`, () => {
    let world: NetWorld;
    let seen: ServerRequest[];

    beforeEach(async () => {
      world = await makeWorld();
      seen = [];
    });
    afterEach(() => world.close());

    const serve = (request: ServerHandlers['request'], options: Partial<ServerOptions> = {}): Promise<HttpListener> => {
      const recorded: ServerHandlers['request'] = (received) => {
        seen.push(received);
        return request(received);
      };
      return world.settle(world.httpServer.listen({ host: world.host, port: 0, ...options }, { request: recorded }));
    };
    const ask = (listener: HttpListener, path: string, parts: Partial<HttpRequest> = {}): Promise<HttpResult> =>
      world.http.request({ method: 'GET', url: world.url(listener, path), headers: {}, timeoutMs: 5_000, ...parts });
    const answer = async (...parts: Parameters<typeof ask>): Promise<HttpResponse> => responseOf(await world.settle(ask(...parts)));

    describe('carries requests and answers unchanged', () => {
      it('round-trips status, headers and text', async () => {
        const listener = await serve(() => ({ type: 'reply', status: 201, headers: { 'X-Used-Weight': '17' }, body: '{"名":"é"}' }));

        const response = await answer(listener, '/a');

        expect(response).toMatchObject({ status: 201, body: '{"名":"é"}' });
        expect(response.headers['x-used-weight']).toBe('17');
        expect(response.elapsedUs).toBeGreaterThanOrEqual(0);
      });

      it('sends path and query byte for byte', async () => {
        const listener = await serve(() => OK);
        const path = '/fapi//v1/./a/../order';
        const query = `symbol=BTCUSDT&note=a%20b+c'd"e|f{g}<h>&empty=&b=2&a=1&signature=%2F%2b==`;

        await answer(listener, `${path}?${query}`);

        expect(seen[0]).toMatchObject({ target: `${path}?${query}`, path, query });
      });

      it('tells an absent query and path from an empty one', async () => {
        const listener = await serve(() => OK);

        await answer(listener, '');
        await answer(listener, '?a=1');

        expect(seen[0]).toMatchObject({ target: '/', path: '/', query: '' });
        expect(seen[1]).toMatchObject({ target: '/?a=1', path: '/', query: 'a=1' });
      });

      it('sends a body byte for byte, with its length and no content type of its own', async () => {
        const listener = await serve((request) => ({ type: 'reply', status: 200, body: request.body }));
        const body = ' {"a" : "é\u{1F600}"}\r\n&x=y ';

        const response = await answer(listener, '/a', { method: 'POST', body });

        expect(response.body).toBe(body);
        expect(seen[0]?.headers['content-length']).toBe(String(Buffer.byteLength(body)));
        expect(seen[0]?.headers['content-type']).toBeUndefined();
      });

      it.each(['POST', 'PUT', 'DELETE', 'GET'] as const)('sends %s without a body', async (method) => {
        const listener = await serve(() => OK);

        const response = await answer(listener, '/order?x=1', { method });

        expect(response.status).toBe(200);
        expect(seen[0]).toMatchObject({ method, body: '' });
        expect(seen[0]?.headers['content-type']).toBeUndefined();
      });

      it('sends the given headers, whatever their case', async () => {
        const listener = await serve(() => OK);
        const headers = { 'X-MBX-APIKEY': 'Key-9/+=', 'Content-Type': 'application/json', 'user-agent': 'me' };

        await answer(listener, '/a', { method: 'PUT', body: '{}', headers });

        expect(seen[0]?.headers).toMatchObject({ 'x-mbx-apikey': 'Key-9/+=', 'content-type': 'application/json', 'user-agent': 'me' });
      });

      it('carries a megabyte both ways', async () => {
        const listener = await serve((request) => ({ type: 'reply', status: 200, body: request.body }));
        const body = 'abcdefgh'.repeat(128 * 1024 - 1);

        const response = await answer(listener, '/big', { method: 'POST', body });

        expect(response.body === body).toBe(true);
      });

      it('serves many requests at once, each with its own answer', async () => {
        const listener = await serve((request) => ({ type: 'reply', status: 200, body: request.query }));

        const results = await world.settle(Promise.all(Array.from({ length: 200 }, (_, n) => ask(listener, `/?n=${n}`))));

        expect(results.map((result) => responseOf(result).body)).toEqual(results.map((_, n) => `n=${n}`));
      });

      it('serves many requests one after the other', async () => {
        const listener = await serve((request) => ({ type: 'reply', status: 200, body: request.query }));

        for (let n = 0; n < 30; n += 1) expect((await answer(listener, `/?n=${n}`)).body).toBe(`n=${n}`);
      });

      it('measures the time until the whole answer was there', async () => {
        const gate = Promise.withResolvers<ServerReply>();
        const listener = await serve(() => gate.promise);

        const pending = ask(listener, '/slow');
        await world.until(() => seen.length === 1, 'the request');
        await world.advance(30);
        gate.resolve(OK);

        expect(responseOf(await world.settle(pending)).elapsedUs).toBeGreaterThanOrEqual(30_000);
      });
    });

    describe('treats every status as an answer', () => {
      it.each([200, 204, 304, 400, 404, 418, 429, 500, 503])('returns %i', async (status) => {
        const listener = await serve(() => ({ type: 'reply', status, body: '' }));

        expect((await answer(listener, '/a')).status).toBe(status);
      });

      it.each([301, 302, 303, 307, 308])('returns %i and follows nothing', async (status) => {
        const listener = await serve((request) => ({ type: 'reply', status, headers: { location: request.target }, body: '' }));

        const response = await answer(listener, '/order?x=1', { method: 'POST', body: 'a' });
        await world.quiesce();

        expect(response).toMatchObject({ status, headers: { location: '/order?x=1' } });
        expect(seen).toHaveLength(1);
      });

      it('answers 500 when a handler throws', async () => {
        const listener = await serve(() => {
          throw new Error('a bug');
        });

        expect(await answer(listener, '/a')).toMatchObject({ status: 500, body: '{"code":-1000,"msg":"internal"}' });
      });

      it('answers 500 when the answer of a handler is rejected', async () => {
        const listener = await serve(() => Promise.reject(new Error('a bug')));

        expect((await answer(listener, '/a')).status).toBe(500);
        expect((await answer(listener, '/a')).status).toBe(500);
      });

      it('answers 413 to a body over the bound of the server', async () => {
        const listener = await serve(() => OK, { maxBodyBytes: 1_000 });

        expect((await answer(listener, '/a', { method: 'POST', body: 'x'.repeat(1_001) })).status).toBe(413);
        expect((await answer(listener, '/a', { method: 'POST', body: 'x'.repeat(1_000) })).status).toBe(200);
        expect(seen).toHaveLength(1);
      });
    });

    describe('returns a failure that says whether the request may have been seen', () => {
      it('is refused, not sent, where nobody listens', async () => {
        const url = await world.refusedUrl('http');

        const result = await world.settle(world.http.request({ method: 'POST', url, headers: {}, timeoutMs: 5_000 }));

        expect(result).toMatchObject({ type: 'failure', reason: 'refused', sent: 'no' });
      });

      it('is refused, not sent, after the server closed', async () => {
        const listener = await serve(() => OK);
        await answer(listener, '/a');
        await world.settle(listener.close());
        await world.settle(listener.close());
        await world.quiesce();

        expect(await world.settle(ask(listener, '/a'))).toMatchObject({ type: 'failure', reason: 'refused', sent: 'no' });
      });

      it('is malformed, not sent, for an address that is none', async () => {
        const result = await world.settle(world.http.request({ method: 'GET', url: 'not an address', headers: {}, timeoutMs: 5_000 }));

        expect(result).toMatchObject({ type: 'failure', reason: 'malformed', sent: 'no' });
      });

      it('times out when no answer comes, and ignores a late one', async () => {
        const gate = Promise.withResolvers<ServerReply>();
        const listener = await serve(() => gate.promise);

        const pending = ask(listener, '/slow', { method: 'POST', timeoutMs: 1_000 });
        await world.until(() => seen.length === 1, 'the request');
        await world.advance(1_000);
        const result = await world.settle(pending);
        gate.resolve(OK);
        await world.quiesce();

        expect(result).toMatchObject({ type: 'failure', reason: 'timeout', sent: 'maybe' });
        expect((await answer(listener, '/next')).status).toBe(200);
      });

      it('times out where connections are taken and nothing is answered', async () => {
        const url = await world.silentUrl('http');

        const pending = world.http.request({ method: 'GET', url, headers: {}, timeoutMs: 1_000 });
        await world.quiesce();
        await world.advance(1_000);

        expect(await world.settle(pending)).toMatchObject({ type: 'failure', reason: 'timeout' });
      });

      it('is cut, perhaps sent, when the server closes without an answer', async () => {
        const listener = await serve(() => ({ type: 'reset' }));

        expect(await world.settle(ask(listener, '/a'))).toMatchObject({ type: 'failure', reason: 'cut', sent: 'maybe' });
      });

      it.each([0, 4])('is cut, perhaps sent, when the answer ends after %i bytes', async (bytes) => {
        const listener = await serve(() => ({ type: 'truncate', status: 200, body: 'a longer body', bytes }));

        expect(await world.settle(ask(listener, '/a'))).toMatchObject({ type: 'failure', reason: 'cut', sent: 'maybe' });
      });

      it('is cut, perhaps sent, when the server stops in the middle', async () => {
        const listener = await serve(() => new Promise<ServerReply>(() => {}));

        const pending = ask(listener, '/a');
        await world.until(() => seen.length === 1, 'the request');
        await world.settle(listener.close());

        expect(await world.settle(pending)).toMatchObject({ type: 'failure', reason: 'cut', sent: 'maybe' });
      });

      it('is too large beyond the bound, to the byte', async () => {
        const listener = await serve(() => ({ type: 'reply', status: 200, body: 'x'.repeat(1_000) }));

        expect(await world.settle(ask(listener, '/a', { maxBytes: 999 }))).toMatchObject({
          type: 'failure',
          reason: 'too-large',
          sent: 'maybe',
        });
        expect((await answer(listener, '/a', { maxBytes: 1_000 })).body).toHaveLength(1_000);
      });

      it('goes on working after a failure', async () => {
        let count = 0;
        const listener = await serve(() => {
          count += 1;
          return count === 1 ? { type: 'reset' } : OK;
        });

        expect((await world.settle(ask(listener, '/a'))).type).toBe('failure');
        expect((await answer(listener, '/a')).body).toBe('ok');
      });
    });

    it('refuses to listen on a port that is taken, naming it', async () => {
      const listener = await serve(() => OK);

      const second = serve(() => OK, { port: listener.port });

      await expect(world.settle(second)).rejects.toMatchObject({
        code: 'RUN_PORT_IN_USE',
        message: expect.stringContaining(`${world.host}:${listener.port}`),
      });
    });
  });
}

function responseOf(result: HttpResult): HttpResponse {
  if (result.type !== 'response') throw new Error(`expected an answer, got: ${result.reason} (${result.message})`);
  return result;
}
