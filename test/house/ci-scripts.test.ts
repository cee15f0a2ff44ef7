import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const CI = join(import.meta.dirname, '../../.ci');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fillwright-ci-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], input = ''): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(command, args, { input, encoding: 'utf8', timeout: 15_000 });
  return { status, stdout };
}

describe('the step that reads a JSON answer', () => {
  const statusOf = (text: string): number | null => run(process.execPath, [join(CI, 'last-line-ok.mjs')], text).status;

  it('passes only on ok:true in the last line', () => {
    expect(statusOf('> npm banner\n\n{"ok":true,"orders":3}\n')).toBe(0);
    expect(statusOf('{"ok":false}\n')).toBe(1);
    expect(statusOf('{"ok":true}\nafterthought\n')).toBe(1);
    expect(statusOf('')).toBe(1);
    expect(statusOf('null\n')).toBe(1);
  });
});

describe('the count of tests', () => {
  const counted = (result: object): ReturnType<typeof run> => {
    const path = join(folder, 'tests.json');
    writeFileSync(path, JSON.stringify(result));
    return run(process.execPath, [join(CI, 'test-counts.mjs'), path]);
  };
  const green = { success: true, numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };

  it('says how many passed, failed and were skipped', () => {
    expect(counted(green)).toEqual({ status: 0, stdout: '7 passed, 0 failed, 2 skipped\n' });
  });

  it('fails when tests failed, none ran, or there is no result', () => {
    expect(counted({ ...green, success: false, numFailedTests: 1 }).status).toBe(1);
    expect(counted({ ...green, numPassedTests: 0 }).status).toBe(1);
    expect(run(process.execPath, [join(CI, 'test-counts.mjs'), join(folder, 'absent.json')]).status).toBe(1);
  });
});

describe('the list of steps', () => {
  const script = (steps: string): ReturnType<typeof run> => run('bash', ['-c', `. '${join(CI, 'steps.sh')}'\n${steps}`]);

  it('prints a time table and passes', () => {
    const { status, stdout } = script("step one 5 true\nstep two 5 limited echo 'hello'");
    expect(status).toBe(0);
    expect(stdout).toMatch(/hello\n\n--- time table\n✓ one +\d+ s\n✓ two +\d+ s\n {2}total +\d+ s\nall steps passed\n$/);
  });

  it('ends at the first failing step, with the table', () => {
    const { status, stdout } = script('step one 5 true\nstep two 5 limited false\nstep three 5 true');
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ two +\d+ s {2}exit code 1\n {2}total/);
    expect(stdout).not.toContain('three');
  });

  it('cuts a step that takes too long', () => {
    const { status, stdout } = script('step slow 1 limited tail -f /dev/null');
    expect(status).toBe(1);
    expect(stdout).toContain('not done within 1 s');
  });

  it('repeats the counts of tests at its end, those of the test command last, and fails with them', () => {
    // In the place of Jest: what it would write, into the file that it was told.
    const program = join(folder, 'jest');
    writeFileSync(program, `#!/bin/sh\nfor option; do case "$option" in --outputFile=*) echo "$1" >"\${option#*=}" ;; esac; done\n`, {
      mode: 0o755,
    });
    const tests = (label: string, numPassedTests: number, numFailedTests: number): string => {
      const result = { success: numFailedTests === 0, numPassedTests, numFailedTests, numPendingTests: 2, numTodoTests: 0 };
      return `step tests 5 counted '${label}' '${program}' '${JSON.stringify(result)}'\n`;
    };

    const good = script(tests('', 7, 0) + tests('deployment: ', 3, 0));
    expect(good.status).toBe(0);
    expect(good.stdout).toMatch(
      /\n {2}total .*\ndeployment: 3 passed, 0 failed, 2 skipped\n7 passed, 0 failed, 2 skipped\nall steps passed\n$/,
    );

    const bad = script(tests('deployment: ', 3, 1));
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/\ndeployment: 3 passed, 1 failed, 2 skipped\nFAILED\n$/);
    expect(script(`${tests('', 7, 0)}step none 5 counted 'none: ' true`)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('none: 0 passed, 0 failed, 0 skipped (Jest left no result)\n7 passed'),
    });
  });

  it('fails a JSON step whose program fails, whatever it printed', () => {
    expect(script(`step json 5 limited_json echo '{"ok":true}'`).status).toBe(0);
    expect(script(`step json 5 limited_json bash -c 'echo "{\\"ok\\":true}"; exit 3'`).status).toBe(1);
  });
});
