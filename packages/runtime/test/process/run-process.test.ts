import { existsSync, readFileSync, watch } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SampleProcess } from './fixture/sample-process.ts';

/** Any free port, so that tests run beside each other. */
const FREE = '[MONITORING]\nHTTP_STATUS_PORT=0\nHEALTH_CHECK_INTERVAL_MS=100\nMETRICS_INTERVAL_MS=100\n';
let sample: SampleProcess;

beforeEach(() => {
  sample = new SampleProcess();
});

afterEach(() => {
  sample.child.kill('SIGKILL');
});

describe('a process', () => {
  it('starts, serves its health, logs what it does, and stops on a signal with exit code 0', async () => {
    const path = sample.configure(FREE);
    sample.start('BINANCE', path, '--json');
    await sample.until(() => sample.stdout.includes('\n'));
    const line = JSON.parse(sample.stdout);
    expect(line).toMatchObject({ ok: true, process: 'sample', pid: sample.child.pid });

    const answer = await fetch(`http://127.0.0.1:${line.statusPort}/health/ready`);
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ state: 'syncing', reasons: ['always'] })]);

    sample.child.kill('SIGTERM');
    const end = await sample.end();
    expect(end.code).toBe(0);
    expect(end.stdout.trim().split('\n')).toHaveLength(1);
    const events = sample
      .read('logs/sample.log')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['process-starting', 'process-started', 'health-changed', 'process-stopping', 'process-stopped']),
    );
    expect(events[0]).toMatchObject({ level: 'info', proc: 'sample', ts: expect.stringMatching(/^\d{4}-.*T.*\.\d{6}Z$/) });
  });

  it('writes METRICS lines', async () => {
    sample.start(sample.configure(FREE), '--verbose');
    await sample.until(() => sample.stderr.includes('METRICS'));

    sample.child.kill('SIGINT');
    expect((await sample.end()).code).toBe(0);
    expect(sample.read('logs/sample.log')).toContain('"line":"METRICS"');
  });

  it('ends with 2 and all faults when its configuration is wrong', async () => {
    const end = await sample.run('BINANCE', sample.configure(`[GLOBAL]\nACCOUNT_ID=Big One\n[TRICK]\nSTRAT=well\n${FREE}`), '--json');

    expect(end.code).toBe(2);
    expect(end.stderr).toContain('sample.ini:2 [GLOBAL] ACCOUNT_ID: expected');
    expect(end.stderr).toContain('sample.ini:4 [TRICK] STRAT: expected a known key, got STRAT; did you mean START?');
    expect(JSON.parse(end.stdout)).toMatchObject({ ok: false, error: { code: 'CFG_FAULTS' } });
  });

  it.each([
    ['a missing file', ['BINANCE', 'absent.ini'], 'CFG_FILE_UNREADABLE'],
    ['no file for that exchange', ['BINANCE'], 'config/sample_binance.ini'],
    ['nothing to go by', [], 'RUN_USAGE'],
    ['an unknown flag', ['BINANCE', '--fast'], '--fast'],
    ['an unknown level', ['BINANCE', '--log-level', 'LOUD'], 'DEBUG, INFO, WARN, ERROR'],
  ])('ends with 2 for %s', async (_, args, text) => {
    const end = await sample.run(...args);

    expect(end.code).toBe(2);
    expect(end.stderr).toContain(text);
  });

  it('ends with 2 when the file is for another exchange', async () => {
    const end = await sample.run('OKX', sample.configure(FREE));

    expect([end.code, end.stderr]).toEqual([2, expect.stringContaining('CFG_OTHER_EXCHANGE')]);
  });

  it.each([
    ['refused', 1, 'SMP_REFUSED'],
    ['unreachable', 3, 'SMP_NOT_REACHABLE'],
  ])('says why it cannot start: %s', async (trick, code, text) => {
    const end = await sample.run(sample.configure(`${FREE}[TRICK]\nSTART=${trick}\n`), '--json');

    expect(end.code).toBe(code);
    expect(end.stderr).toContain(text);
    expect(JSON.parse(end.stdout)).toEqual({ ok: false, error: { code: text, message: expect.any(String) } });
    expect(sample.read('logs/sample.log')).toContain(text);
  });

  it('says which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    const end = await sample.run(sample.configure(`[MONITORING]\nHTTP_STATUS_PORT=${port}\n`));
    server.close();

    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(new RegExp(`RUN_PORT_IN_USE.*${port}`));
  });

  it.each([
    ['throws-later', 'a bug'],
    ['rejects-later', 'SMP_LOST'],
  ])('ends with 1 and a log line after an unexpected error: %s', async (trick, text) => {
    const end = await sample.run(sample.configure(`${FREE}[TRICK]\nSTART=${trick}\n`));

    expect(end.code).toBe(1);
    expect(sample.read('logs/sample.log')).toContain(text);
    expect(sample.read('logs/sample.log')).toContain('"event":"unexpected-error"');
  });

  it.each([
    ['leaves', 'open order q1'],
    ['hangs', 'longer than 300 ms'],
  ])('says what it left and ends with 1: %s', async (trick, text) => {
    sample.start(sample.configure(`${FREE}[TRICK]\nSTOP=${trick}\n`));
    await sample.up();
    sample.child.kill('SIGINT');

    const end = await sample.end();
    expect([end.code, end.stderr]).toEqual([1, expect.stringContaining(text)]);
  });

  it('lives on when its stdin closes and nobody reads its output any more', async () => {
    sample.start(sample.configure(FREE), '--verbose');
    await sample.up();
    sample.child.stdin.end();
    sample.child.stderr.destroy();
    sample.child.stdout.destroy();

    // The verbose log goes on writing to the closed pipe: several METRICS lines later it still answers.
    const before = metricsLines();
    await waitFor('logs', () => metricsLines() >= before + 3);
    expect(sample.child.exitCode).toBeNull();
    sample.child.kill('SIGTERM');
    expect((await sample.end()).code).toBe(0);
  });

  it('runs an extra flag instead of the service, and keeps secrets out of the log', async () => {
    const end = await sample.run(sample.configure(FREE), '--test-auth', '--json');

    expect(end.code).toBe(3);
    expect(JSON.parse(end.stdout)).toEqual({
      ok: false,
      check: 'auth',
      error: { code: 'RUN_CHECK_FAILED', message: 'the exchange does not answer' },
    });
    expect(end.stderr).toContain('the exchange does not answer');
    expect(sample.read('logs/sample.log')).toContain('auth-checked');
    expect(sample.read('logs/sample.log')).not.toContain('sample-secret-key');
  });

  it('goes into the background once, with pid and log files, and refuses a second one', async () => {
    const path = sample.configure(FREE);
    const first = await sample.run(path, '--daemon', '--json');
    const { pid, up } = JSON.parse(first.stdout);
    try {
      expect([first.code, up]).toEqual([0, true]);
      expect(sample.read('data/sample.pid')).toBe(`${pid}\n`);

      const second = await sample.run(path, '--daemon');
      expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(`RUN_ALREADY_RUNNING`)]);
      expect(second.stderr).toContain(String(pid));
    } finally {
      process.kill(pid, 'SIGTERM');
    }
    await waitFor('data', () => !existsSync(join(sample.folder, 'data/sample.pid')));
    expect(readFileSync(join(sample.folder, 'logs/sample.log'), 'utf8')).toContain('process-stopped');
  });

  it('tells from the foreground why it did not come up in the background', async () => {
    const end = await sample.run(sample.configure(`${FREE}[TRICK]\nSTART=refused\n`), '--daemon');

    expect(end.code).toBe(1);
    expect(end.stderr).toContain('SMP_REFUSED');
    expect(sample.read('data/sample.pid')).toBe('');
  });
});

function metricsLines(): number {
  return sample.read('logs/sample.log').split('"line":"METRICS"').length;
}

/** For what only the file system shows: looks again at each change in the folder. */
async function waitFor(folder: string, done: () => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(join(sample.folder, folder), () => look());
    const deadline = setTimeout(() => end(() => reject(new Error('not in time'))), 10_000);
    const end = (settle: () => void) => {
      clearTimeout(deadline);
      watcher.close();
      settle();
    };
    const look = () => {
      if (done()) end(resolve);
    };
    look();
  });
}
