/** scripts/deploy-tests.sh where no Docker engine can be had, with programs of the test in the place of the machine's. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { whySkipped } from '../deploy/_docker.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/deploy-tests.sh');
const NOTHING_IS_ASKED = 'exit 1';
/** Runs its words as they are: the test is who it is, and so is root here. */
const SUDO = 'shift; echo "sudo $*" >>"$FOLDER/sudo"; exec "$@"';
const NPM = 'echo "$@" >"$FOLDER/npm"; printf %s "$FILLWRIGHT_DEPLOY_SKIPPED" >"$FOLDER/reason"; exit "$NPM_STATUS"';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fillwright-script-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();

/** As somebody who is not root, where a Docker engine behaves like this. */
function run(
  dockerd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly stdout: string } {
  const programs = {
    id: 'case "$1" in -u) echo 1000 ;; *) exec /usr/bin/id "$@" ;; esac',
    sudo: SUDO,
    npm: NPM,
    docker: NOTHING_IS_ASKED,
    'docker-compose': '',
    // Time that passes without anything happening.
    sleep: '',
    dockerd: `echo $$ >>"$FOLDER/pids"\n${dockerd}`,
  };
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  const { status, stdout } = spawnSync('bash', [SCRIPT, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, FOLDER: folder, NPM_STATUS: '0', TMPDIR: folder, ...env },
  });
  return { status, stdout };
}

describe('the tests of the deployment without an engine', () => {
  it('are counted by Jest with the reason, and what fails without an engine fails', () => {
    const dies = 'echo "no such thing as overlay" >&2; exit 1';
    const { status, stdout } = run(dies, ['smoke', '--json', '--outputFile=counts.json']);

    const reason = 'no Docker engine can run here: no such thing as overlay';
    expect({ status, stdout }).toEqual({ status: 0, stdout: `tests of the deployment skipped: ${reason}\n` });
    expect(kept('npm')).toBe('test -- --runInBand --verbose test/deploy --json --outputFile=counts.json');
    expect(kept('reason')).toBe(reason);
    expect(run(dies, ['all'], { NPM_STATUS: '1' }).status).toBe(1);
  });

  it('say that reason, each that would have run', () => {
    const { FILLWRIGHT_DEPLOY_TESTS, FILLWRIGHT_DEPLOY_SKIPPED } = process.env;
    Object.assign(process.env, { FILLWRIGHT_DEPLOY_TESTS: 'smoke', FILLWRIGHT_DEPLOY_SKIPPED: 'no engine today' });
    try {
      expect(whySkipped('smoke')).toBe('no engine today');
      expect(whySkipped('all')).toMatch(/^only by night/);
    } finally {
      for (const [name, value] of Object.entries({ FILLWRIGHT_DEPLOY_TESTS, FILLWRIGHT_DEPLOY_SKIPPED })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it('leave no engine of root behind that started and never answered', () => {
    const { status } = run('exec tail -f /dev/null', ['smoke']);

    expect(status).toBe(0);
    const pids = kept('pids').split('\n').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
    // Looked at, ended and cleared away by root: whose process it is, nobody else may do it.
    for (const pid of pids) expect(kept('sudo')).toContain(` kill ${pid}\n`);
    expect(kept('sudo')).toMatch(/^sudo .* kill -0 \d+$/m);
  });
});
