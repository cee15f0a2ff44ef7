/**
 * What the behaviour suites of the network ports need from the world they run in.
 *
 * Live: real sockets on loopback and a clock that only `advance` moves, so that time-outs are exact and no test waits for one.
 * Simulated: in-memory network on the kernel's virtual clock; `settle` and `until` run the kernel, however much virtual time that takes.
 * One incarnation may own both the clients and the servers, or two; the suites do not care.
 */
import type { HttpClient } from '../../src/ports/http-client.ts';
import type { HttpListener, HttpServer } from '../../src/ports/http-server.ts';
import type { WebSocketConnector } from '../../src/ports/web-socket.ts';

export type Scheme = 'http' | 'ws';

export interface NetWorld {
  readonly http: HttpClient;
  readonly webSocket: WebSocketConnector;
  readonly httpServer: HttpServer;
  /** Where the suites let their servers listen (port 0). */
  readonly host: string;
  /** Lets the world go on until `promise` settles. Fails after a deadline. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets the world go on until `condition` holds. Fails after a deadline, naming `what`. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Moves the world's clock by `ms`: every timer that falls due runs. */
  advance(ms: number): Promise<void>;
  /** Lets arrive what is under way, to show that nothing more comes. */
  quiesce(): Promise<void>;
  url(listener: HttpListener, path: string, scheme?: Scheme): string;
  /** An address where nobody listens. */
  refusedUrl(scheme: Scheme): Promise<string>;
  /** An address that takes connections and requests and never answers. */
  silentUrl(scheme: Scheme): Promise<string>;
  /** Ends everything that was started in this world. */
  close(): Promise<void>;
}
