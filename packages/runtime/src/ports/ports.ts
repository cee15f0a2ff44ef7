/** The set of ports one process incarnation owns. When the incarnation dies, the whole set dies with it. */
import type { Bus } from './bus.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Failpoints } from './failpoints.ts';
import type { HttpClient } from './http-client.ts';
import type { HttpServer } from './http-server.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Secrets } from './secrets.ts';
import type { Store } from './store.ts';
import type { Terminal } from './terminal.ts';
import type { WebSocketConnector } from './web-socket.ts';

/** What every service gets. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly http: HttpClient;
  readonly httpServer: HttpServer;
  readonly webSocket: WebSocketConnector;
  readonly bus: Bus;
  readonly disk: Disk;
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names of wrongs to commit, see `mutated`. Absent in every world but that of the checks. */
  readonly mutations?: ReadonlySet<string>;
  /** Absent but in tests that kill real processes. */
  readonly failpoints?: Failpoints;
}

/** What programs at the edge (process start-up, launcher, tools) get besides. */
export interface EdgePorts extends Ports {
  readonly processes: Processes;
  readonly secrets: Secrets;
  readonly terminal: Terminal;
}
