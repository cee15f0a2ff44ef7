import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSystemClock } from '../../src/live/system-clock.ts';
import { createHttpServer } from '../../src/net/node-http-server.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { serveStatus } from '../../src/observe/status-server.ts';
import type { HttpListener } from '../../src/ports/http-server.ts';
import type { Health } from '../../src/process/service.ts';

const clock = createSystemClock();
const metrics = createMetrics();
const httpServer = createHttpServer({ clock });
let health: Health = { ready: false, state: 'syncing', reasons: ['no snapshot of the engine yet'], facts: { linkAgeMs: 12, ready: 'no' } };
let listener: HttpListener;

beforeAll(async () => {
  metrics.counter('fillwright_sample_total', 'sample').add(3);
  listener = await serveStatus({ clock, httpServer, metrics }, 0, { proc: 'engine', health: () => health });
});
afterAll(() => listener.close());

const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${listener.port}${path}`, { method });

describe('the status server', () => {
  it('is alive also while it is not ready, and says why it is not', async () => {
    const live = await get('/health/live');
    expect([live.status, await live.json()]).toEqual([200, { live: true, proc: 'engine', uptimeMs: expect.any(Number) }]);

    const ready = await get('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, state: 'syncing', reasons: ['no snapshot of the engine yet'], linkAgeMs: 12 });
  });

  it('answers 200 once it is ready', async () => {
    health = { ready: true, state: 'ready', reasons: [] };

    const ready = await get('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([200, expect.objectContaining({ ready: true, state: 'ready', reasons: [] })]);
  });

  it('exposes metrics', async () => {
    const answer = await get('/metrics');

    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('fillwright_sample_total 3');
  });

  it('knows nothing else', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/constructor')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
  });

  it('says that its port is taken', async () => {
    const second = serveStatus({ clock, httpServer, metrics }, listener.port, { proc: 'other', health: () => health });

    await expect(second).rejects.toMatchObject({ code: 'RUN_PORT_IN_USE', message: expect.stringContaining(String(listener.port)) });
  });
});
