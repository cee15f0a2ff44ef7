/** Watches the process itself: loop lag, memory, CPU; writes the periodic METRICS line. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';

/** How often the lag of the loop is measured: a timer that comes late by this much has waited for work of ours. */
const LAG_PROBE_MS = 100;
const PERCENTILE = /_(p50|p99)$/;

/** What the process has used up to now. */
export interface ResourceUse {
  readonly memoryBytes: number;
  /** What of it is whose, bytes by part: spaces of the heap, buffers outside of it, V8's own. */
  readonly parts?: Readonly<Record<string, number>>;
  /** User and system time, microseconds. */
  readonly cpuUs: number;
}

export interface ObservingOptions {
  /** Writes the METRICS line. */
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** Keeps latency percentiles in the line. */
  readonly percentiles: boolean;
  readonly memoryLimitMb?: number | undefined;
  readonly cpuLimitPercent?: number | undefined;
  readonly resources?: () => ResourceUse;
}

export interface Observing {
  /** The worst lag since the line before the last one, microseconds; for heartbeats. */
  readonly loopLagUs: number;
  stop(): void;
}

export interface ObservingPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function startObserving(ports: ObservingPorts, options: ObservingOptions): Observing {
  const { clock, log, metrics } = ports;
  const resources = options.resources ?? ownResources;
  const lagGauge = metrics.gauge('fillwright_process_loop_lag_us', 'Worst lateness of a timer since the last METRICS line');
  const lagHistogram = metrics.histogram('fillwright_process_loop_delay_us', 'Lateness of timers');
  const memoryGauge = metrics.gauge('fillwright_process_memory_bytes', 'Resident memory');
  const partGauge = metrics.gauge(
    'fillwright_process_memory_part_bytes',
    'Committed to a space of the heap or outside of it, and what of the heap is used',
    'part',
  );
  const cpuGauge = metrics.gauge('fillwright_process_cpu_percent', 'Use of one core since the last METRICS line');
  const alarms = { memory: limitAlarm(log, 'memory-limit'), cpu: limitAlarm(log, 'cpu-limit') };
  let worst = 0;
  let worstBefore = 0;
  let lastUs = clock.monotonicUs();
  let lastCpuUs = resources().cpuUs;

  const stopProbe = repeat(clock, LAG_PROBE_MS, (lateUs) => {
    lagHistogram.observe(lateUs);
    worst = Math.max(worst, lateUs);
    lagGauge.set(Math.max(worst, worstBefore));
  });
  const stopLine = repeat(clock, options.intervalMs, () => {
    const nowUs = clock.monotonicUs();
    const used = resources();
    const memoryMb = used.memoryBytes / 1024 / 1024;
    const cpuPercent = Math.round(((used.cpuUs - lastCpuUs) / Math.max(1, nowUs - lastUs)) * 1_000) / 10;
    memoryGauge.set(used.memoryBytes);
    for (const [part, bytes] of Object.entries(used.parts ?? {})) partGauge.set(bytes, part);
    cpuGauge.set(cpuPercent);
    alarms.memory(memoryMb, options.memoryLimitMb, 'MEMORY_LIMIT_MB');
    alarms.cpu(cpuPercent, options.cpuLimitPercent, 'CPU_LIMIT_PERCENT');
    if (options.enabled) log.info('metrics', { line: 'METRICS', metrics: rounded(metrics.summary(), options.percentiles) });
    worstBefore = worst;
    worst = 0;
    lastUs = nowUs;
    lastCpuUs = used.cpuUs;
  });

  return {
    get loopLagUs() {
      return Math.max(worst, worstBefore);
    },
    stop: () => {
      stopProbe();
      stopLine();
    },
  };
}

/** Runs `work` every `intervalMs` with the microseconds by which it comes late, until the answer is called. */
function repeat(clock: Clock, intervalMs: number, work: (lateUs: number) => void): () => void {
  let timer: Timer;
  const next = () => {
    const dueUs = clock.monotonicUs() + intervalMs * 1_000;
    timer = clock.after(intervalMs, () => {
      work(Math.max(0, clock.monotonicUs() - dueUs));
      next();
    });
  };
  next();
  return () => timer.cancel();
}

/** Says once that a limit is passed, and once that it is not any more. */
function limitAlarm(log: Log, event: string): (value: number, limit: number | undefined, key: string) => void {
  let above = false;
  return (value, limit, key) => {
    if (limit === undefined || value > limit === above) return;
    above = !above;
    const fields = { value: Math.round(value), limit, key };
    if (above) log.error(`${event}-passed`, { code: 'RUN_LIMIT_PASSED', ...fields });
    else log.info(`${event}-kept-again`, fields);
  };
}

function rounded(summary: Readonly<Record<string, number>>, percentiles: boolean): Record<string, number> {
  const shown = Object.entries(summary).filter(([name]) => percentiles || !PERCENTILE.test(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, Math.round(value * 1_000) / 1_000]));
}

function ownResources(): ResourceUse {
  const { user, system } = process.cpuUsage();
  const { used_heap_size, malloced_memory, external_memory } = getHeapStatistics();
  const spaces = getHeapSpaceStatistics().filter((space) => space.physical_space_size > 0);
  const parts = Object.fromEntries(spaces.map((space) => [space.space_name, space.physical_space_size]));
  return {
    memoryBytes: process.memoryUsage.rss(),
    parts: { ...parts, heap_used: used_heap_size, external: external_memory, v8_malloced: malloced_memory },
    cpuUs: user + system,
  };
}
