/** `npm run simulate` as a person or CI runs it: its options, its one line, its exit codes, and seeds shared among processes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseSimulateOptions } from '../../src/command/simulate-options.ts';
import { summarize, summaryText } from '../../src/command/summary.ts';
import type { ScenarioReport } from '../../src/scenario/run-scenario.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MADE = { seconds: 20, faults: [] };
const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(...args: string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, FILLWRIGHT_LOG_DIR: folder, FILLWRIGHT_DATA_DIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

describe('the command', () => {
  it('says the same of the same seeds in one process and in three', async () => {
    const [one, three] = await Promise.all(
      ['1', '3'].map((jobs) => simulate('--seed', '5', '--runs', '3', '--seconds', '3', '--jobs', jobs, '--json')),
    );
    const { eventsPerSecond: _, ...first } = JSON.parse(one?.stdout ?? '');
    const { eventsPerSecond: __, ...second } = JSON.parse(three?.stdout ?? '');

    expect(first).toMatchObject({ ok: true, runs: 3, violations: 0, traceHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(second).toEqual(first);
    expect([one?.code, three?.code]).toEqual([0, 0]);
    expect(one?.stdout.match(/\n/g)).toHaveLength(1);
    expect(one?.stderr).toContain('3 of 3 runs');
  }, 60_000);

  it('writes the readable trace of a run', async () => {
    const trace = join(folder, 'seed-5.ndjson');
    const { code, stdout } = await simulate('--seed', '5', '--seconds', '2', '--trace', trace);
    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');

    expect(code).toBe(0);
    expect(stdout).toContain('no violation');
    expect(lines.length).toBeGreaterThan(1_000);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ us: expect.any(Number), who: expect.any(String) });
  }, 60_000);

  it('ends with 2 and one line when it is used wrongly', async () => {
    const { code, stdout } = await simulate('--runs', 'many', '--json');

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'RUN_USAGE', message: expect.stringContaining('--runs many') } });
  });
});

describe('its options', () => {
  it('have defaults: twenty seeds from 1, on all cores but one', () => {
    expect(parseSimulateOptions([], 4)).toEqual({
      seed: 1,
      runs: 20,
      jobs: 3,
      seconds: 20,
      faults: [],
      only: [],
      mutant: undefined,
      json: false,
      requireCoverage: false,
      trace: undefined,
    });
    expect(parseSimulateOptions([], 1)).toMatchObject({ jobs: 1 });
    expect(parseSimulateOptions(['--runs', '2', '--jobs', '8'], 4)).toMatchObject({ runs: 2, jobs: 2 });
    expect(parseSimulateOptions(['--trace', 'x.ndjson', '--seed', '7'], 4)).toMatchObject({ seed: 7, runs: 1, trace: 'x.ndjson' });
  });

  it.each([
    ['--seed', '-1'],
    ['--runs', '0'],
    ['--jobs', '1.5'],
    ['--seconds', ''],
    ['--faults', 'earthquake'],
    ['--mutant', 'nobody'],
    ['extra'],
    ['--trace', 'x', '--runs', '2'],
  ])('refuse %s %s', (...args) => {
    expect(() =>
      parseSimulateOptions(
        args.filter((arg) => arg !== undefined),
        4,
      ),
    ).toThrow(expect.objectContaining({ code: 'RUN_USAGE' }));
  });
});

describe('what it says', () => {
  const sound: ScenarioReport = {
    seed: 3,
    events: 10,
    orders: 2,
    fills: 1,
    ...{
      ordersAtVenue: 2,
      unknownOutcomes: 0,
      unknownResolved: 0,
      ordersBatched: 0,
      batchedUnknown: 0,
      lateFills: 0,
      duplicatesInjected: 0,
      crashes: 0,
      faults: {},
      setups: {},
    },
    virtualUs: 1_500_000,
    violations: [],
    violated: 0,
    digest: 'aa',
  };
  const violation = { check: 'fills', us: 2_000_001, text: 'trade 7 was booked twice' };
  const broken: ScenarioReport = { ...sound, seed: 4, violations: [violation], violated: 5, digest: 'bb' };

  it('sums the runs up', () => {
    expect(summarize([sound, sound], MADE, 2_000_000)).toMatchObject({
      ...{ ok: true, runs: 2, events: 20, orders: 4, fills: 2, virtualSeconds: 3, eventsPerSecond: 10, violations: 0 },
    });
  });

  it('names the seed, the time, the wrong and how to see it again', () => {
    const summary = summarize([sound, broken], { ...MADE, seconds: 30 }, 2_000_000);

    expect(summary).toMatchObject({
      ok: false,
      violations: 5,
      error: { code: 'SIM_VIOLATED', message: '5 violations in 1 of 2 runs, first with seed 4: trade 7 was booked twice' },
      findings: [{ seed: 4, ...violation }],
      replay: 'npm run simulate -- --seed 4 --seconds 30 --trace seed-4.ndjson',
    });
    expect(summaryText(summary)).toContain('seed 4 at 2.000001 s, fills: trade 7 was booked twice');
  });

  it('fails when too little happened to prove anything, if that is asked for', () => {
    const asked = { ...MADE, faults: ['partition'] as const, requireCoverage: true };
    const busy: ScenarioReport = { ...sound, events: 2_000, orders: 50, fills: 10, unknownOutcomes: 1, faults: { partition: 1 } };

    expect(summarize([busy, { ...busy, unknownOutcomes: 0 }], asked, 1)).toMatchObject({ ok: true, runsWithUnknown: 1 });
    expect(summarize([sound], { ...MADE, faults: [] }, 1)).toMatchObject({ ok: true });
    const bursts = { ...asked, faults: ['burst'] as const };
    expect(summarize([{ ...busy, faults: { burst: 1 } }], bursts, 1).error?.message).toBe(
      '0 orders in batches in 1 runs; an outcome was unknown of 0 orders in batches only, in 1 runs',
    );
    const { error } = summarize([{ ...sound, faults: {} }], asked, 1);
    expect(error).toEqual({
      code: 'SIM_TOO_LITTLE',
      message:
        '10.0 events per run, at least 2000 are wanted; 2.0 orders per run, at least 50 are wanted; 1.0 fills per run, at least 10 are wanted; ' +
        'partition struck 0 times in 1 runs; an outcome was unknown in 0 of 1 runs only',
    });
  });

  it('has another hash when one run is another', () => {
    expect(summarize([sound, broken], MADE, 1).traceHash).not.toBe(summarize([sound, { ...broken, digest: 'bc' }], MADE, 1).traceHash);
  });
});
