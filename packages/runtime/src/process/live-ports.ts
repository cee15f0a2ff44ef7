/** The live world: every port on the real machine, for one process. */
import { join } from 'node:path';
import { Keyring } from '../bus/curve/keyring.ts';
import { createZmqBus } from '../bus/zmq-bus.ts';
import { createNodeDisk } from '../disk/node-disk.ts';
import { createProcesses } from '../live/processes.ts';
import { createSystemClock } from '../live/system-clock.ts';
import { createSystemRandom } from '../live/system-random.ts';
import { createHttpClient } from '../net/axios-http-client.ts';
import { createHttpServer } from '../net/node-http-server.ts';
import { createWebSocketConnector } from '../net/ws-connector.ts';
import { createLog } from '../observe/log.ts';
import { openLogFile } from '../observe/log-file.ts';
import { createMetrics } from '../observe/metrics.ts';
import { screenLine } from '../observe/screen-line.ts';
import type { SecretRegistry } from '../observe/secret-registry.ts';
import { type LogLevel, Secret } from '../ports/log.ts';
import type { EdgePorts } from '../ports/ports.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Terminal } from '../ports/terminal.ts';
import { createSqliteStore } from '../store/sqlite-store.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LivePortsOptions {
  /** PROCESS_NAME. */
  readonly proc: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly logLevel: LogLevel;
  /** Least severe lines that also go to stderr. */
  readonly screenLevel: LogLevel;
  readonly alertOnErrors: boolean;
  readonly httpPoolSize?: number | undefined;
  readonly terminal: Terminal;
  readonly secrets: Secrets;
  readonly registry: SecretRegistry;
  /** Keys of the bus; absent = plain sockets. */
  readonly curve?: CurveFiles | undefined;
}

export interface CurveFiles {
  readonly keyFile: string;
  readonly peersFile: string;
  /** Whose key it has to be; a tool may hold any. */
  readonly processName?: string;
}

/** @throws AppError `RUN_LOG_FAILED`, and with keys what `Keyring` throws. */
export function createLivePorts(options: LivePortsOptions): EdgePorts {
  const { proc, dataFolder, terminal, secrets, registry } = options;
  const clock = createSystemClock();
  const metrics = createMetrics();
  const file = openLogFile(join(options.logFolder, `${proc}.log`), {
    onFailure: (error) => terminal.note(`${proc}: log lines are being lost: ${error.message}`),
  });
  const lines = metrics.counter('fillwright_log_lines_total', 'Log lines written', 'level');
  const screen = LEVELS.indexOf(options.screenLevel);
  const log = createLog({
    proc,
    level: options.logLevel,
    clock,
    secrets: registry,
    alertOnErrors: options.alertOnErrors,
    onLine: (level) => lines.add(1, level),
    write: (line, level) => {
      file.write(line);
      if (LEVELS.indexOf(level) >= screen) terminal.note(screenLine(line));
    },
  });
  const keyring = options.curve === undefined ? undefined : new Keyring({ ...options.curve, clock, log });
  if (keyring !== undefined) registry.add(new Secret(keyring.own.secretKey));
  return {
    clock,
    random: createSystemRandom(),
    http: createHttpClient({ clock, ...(options.httpPoolSize === undefined ? {} : { maxSockets: options.httpPoolSize }) }),
    httpServer: createHttpServer({ clock, log }),
    webSocket: createWebSocketConnector({ clock }),
    bus: createZmqBus({ log, metrics, keyring }),
    disk: createNodeDisk(dataFolder),
    store: createSqliteStore(dataFolder),
    log,
    metrics,
    processes: createProcesses({ beforeExit: () => file.flush() }),
    secrets,
    terminal,
  };
}
