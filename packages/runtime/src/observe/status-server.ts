/** `/health/live`, `/health/ready` and `/metrics` of a process. */
import type { Clock } from '../ports/clock.ts';
import type { HttpListener, HttpServer, ServerReply, ServerRequest } from '../ports/http-server.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Health } from '../process/service.ts';

const MAX_CONNECTIONS = 64;
/** Nobody sends us a body. */
const MAX_BODY_BYTES = 4 * 1024;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const METRICS_TYPE = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

export interface StatusPorts {
  readonly clock: Clock;
  readonly httpServer: HttpServer;
  readonly metrics: Metrics;
}

export interface StatusSource {
  /** PROCESS_NAME. */
  readonly proc: string;
  readonly health: () => Health;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** Port 0 takes any free one. Rejects with `RUN_PORT_IN_USE` when it is taken. */
export function serveStatus(ports: StatusPorts, port: number, source: StatusSource): Promise<HttpListener> {
  const startUs = ports.clock.monotonicUs();
  const uptimeMs = () => Math.floor((ports.clock.monotonicUs() - startUs) / 1_000);

  const pages: Readonly<Record<string, () => ServerReply | Promise<ServerReply>>> = {
    '/health/live': () => json(200, { live: true, proc: source.proc, uptimeMs: uptimeMs() }),
    '/health/ready': () => {
      const { ready, state, reasons, facts = {} } = source.health();
      return json(ready ? 200 : 503, { ...facts, ready, state, reasons, proc: source.proc, uptimeMs: uptimeMs() });
    },
    '/metrics': async () => ({ type: 'reply', status: 200, headers: METRICS_TYPE, body: await ports.metrics.expose() }),
  };

  const answer = (request: ServerRequest): ServerReply | Promise<ServerReply> => {
    const page = Object.hasOwn(pages, request.path) ? pages[request.path] : undefined;
    if (page === undefined) return json(404, { error: 'not found', pages: Object.keys(pages) });
    if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET' });
    return page();
  };
  const options = { host: source.host ?? '127.0.0.1', port, maxConnections: MAX_CONNECTIONS, maxBodyBytes: MAX_BODY_BYTES };
  return ports.httpServer.listen(options, { request: answer });
}

function json(status: number, body: unknown): ServerReply {
  return { type: 'reply', status, headers: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}
