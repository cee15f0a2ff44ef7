/** What is watched: the processes of a desk, however they were started. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESS_NAMES, Stack } from '../_stack/stack.ts';

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly restarts: number;
  readonly metrics: () => Promise<string>;
}

export interface Watchable {
  readonly targets: readonly Target[];
  /** Error lines in the log of each, by name. */
  errors(): ReadonlyMap<string, number>;
  dispose(): Promise<void>;
}

const METRICS_WITHIN_MS = 10_000;
/** What a desk may order at its exchange is no bound of the load here. */
const NO_LIMIT = '1000000000';
const ERROR_LINE = /"level":"error"/gi;

export async function metricsPage(host: string, port: number): Promise<string> {
  return (await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(METRICS_WITHIN_MS) })).text();
}

/** The shipped processes with the shipped files; the strategy is the load, and nobody's limit of orders is in its way. */
export async function startDesk(ratePerSecond: number): Promise<Watchable> {
  const limits = { WEIGHT_PER_MINUTE: NO_LIMIT, ORDERS_PER_10_SECONDS: NO_LIMIT, ORDERS_PER_MINUTE: NO_LIMIT };
  const stack = await Stack.start(['exchange-simulator'], {
    'exchange-simulator': { LIMITS: limits },
    'trading-engine': {
      ORDER_MANAGEMENT: { MAX_ORDERS_PER_SECOND: String(4 * ratePerSecond) },
      HTTP_API: { API_REQUESTS_PER_SECOND: '1000', API_REQUESTS_PER_MINUTE: '60000', API_BURST_LIMIT: '1000' },
    },
    trader: {
      STRATEGY: {
        MODULE: join(import.meta.dirname, 'steady-hand.ts'),
        CLASS: 'SteadyHand',
        PARAM_RATE: String(ratePerSecond),
        PARAM_TIMER_MS: '50',
      },
    },
  });
  // After the exchange: an engine that finds none says so as an error.
  await stack.launchReady(...PROCESS_NAMES.filter((name) => name !== 'exchange-simulator'));
  const targets = PROCESS_NAMES.map((name): Target => {
    const { pid } = stack.child(name);
    return { name, pid, restarts: 0, metrics: () => metricsPage('127.0.0.1', stack.statusPort(name)) };
  });
  const folder = join(stack.folder, 'logs');
  return {
    targets,
    errors: () => new Map(PROCESS_NAMES.map((name) => [name, errorLines(folder, name.replaceAll('-', '_'))])),
    dispose: () => stack.dispose(),
  };
}

/** In all files that a process has written, turned over or not. */
export function errorLines(folder: string, prefix: string): number {
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix));
  return files.reduce((sum, file) => sum + (readFileSync(join(folder, file), 'utf8').match(ERROR_LINE)?.length ?? 0), 0);
}
