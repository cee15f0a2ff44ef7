import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/observe/metrics.ts';
import { type ObservingOptions, startObserving } from '../../src/observe/observing.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { ManualClock } from './manual-clock.ts';

function observed(options: Partial<ObservingOptions> = {}) {
  const lines: { readonly event: string; readonly fields: LogFields }[] = [];
  const take = (event: string, fields: LogFields = {}) => lines.push({ event, fields });
  const log: Log = { debug: take, info: take, warn: take, error: take, child: () => log };
  const clock = new ManualClock();
  const metrics = createMetrics();
  const observing = startObserving({ clock, log, metrics }, { enabled: true, intervalMs: 1_000, percentiles: true, ...options });
  return { lines, clock, metrics, observing };
}

describe('observing a process', () => {
  it('writes a METRICS line each interval, until it is stopped', () => {
    const { lines, clock, observing } = observed();

    clock.advance(3_500);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      event: 'metrics',
      fields: { line: 'METRICS', metrics: { fillwright_process_loop_delay_us_count: 9 } },
    });
    observing.stop();
    expect(clock.pending).toBe(0);
  });

  it('leaves out the line or its percentiles when told to', () => {
    const quiet = observed({ enabled: false });
    quiet.clock.advance(5_000);
    expect(quiet.lines).toEqual([]);

    const short = observed({ percentiles: false });
    short.clock.advance(1_000);
    expect(JSON.stringify(short.lines)).not.toContain('_p99');
    expect(JSON.stringify(short.lines)).toContain('_count');
  });

  it('sees how long the loop was blocked, and forgets it after two lines', () => {
    const { clock, metrics, observing } = observed();

    clock.advance(50);
    clock.block(400);
    clock.advance(0);
    expect(observing.loopLagUs).toBe(350_000);
    expect(metrics.summary().fillwright_process_loop_lag_us).toBe(350_000);

    clock.advance(1_000);
    expect(observing.loopLagUs).toBe(350_000);
    clock.advance(1_000);
    expect(observing.loopLagUs).toBe(0);
  });

  it('tells what of its memory is whose', () => {
    const resources = () => ({ memoryBytes: 100, parts: { old_space: 60, external: 7 }, cpuUs: 0 });
    const { clock, metrics } = observed({ resources });

    clock.advance(1_000);

    expect(metrics.summary()).toMatchObject({
      fillwright_process_memory_bytes: 100,
      'fillwright_process_memory_part_bytes.old_space': 60,
      'fillwright_process_memory_part_bytes.external': 7,
    });
  });

  it('alarms once when a limit is passed and tells once when it is kept again', () => {
    let memoryBytes = 0;
    let cpuUs = 0;
    const { lines, clock } = observed({
      enabled: false,
      memoryLimitMb: 100,
      cpuLimitPercent: 50,
      resources: () => ({ memoryBytes, cpuUs }),
    });

    memoryBytes = 200 * 1024 * 1024;
    clock.advance(3_000);
    memoryBytes = 0;
    cpuUs += 900_000;
    clock.advance(2_000);

    expect(lines.map(({ event }) => event)).toEqual([
      'memory-limit-passed',
      'memory-limit-kept-again',
      'cpu-limit-passed',
      'cpu-limit-kept-again',
    ]);
    expect(lines[0]?.fields).toMatchObject({ code: 'RUN_LIMIT_PASSED', value: 200, limit: 100, key: 'MEMORY_LIMIT_MB' });
  });
});
