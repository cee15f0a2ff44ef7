/** The Docker engine of this machine, by its command line; and whether the tests of the deployment run at all. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const IMAGE = process.env.FILLWRIGHT_IMAGE ?? 'fillwright';
export const DOCKER_DEADLINE_MS = 60_000;

// What testcontainers would fetch from a registry; every test here takes away what it started.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Said {
  const env = { ...process.env, ...options.env };
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: DOCKER_DEADLINE_MS * 2,
    cwd: options.cwd ?? ROOT,
    input: options.input,
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout: stdout ?? '', stderr: error === undefined ? stderr : `${stderr ?? ''}${error.message}` };
}

/** @throws Error with what Docker said. */
export function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = run('docker', args);
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr || stdout}`);
  return stdout.trim();
}

/** The old program where it is, else the plugin. */
export function composeCommand(): readonly string[] | undefined {
  if (run('docker-compose', ['version', '--short']).status === 0) return ['docker-compose'];
  return run('docker', ['compose', 'version', '--short']).status === 0 ? ['docker', 'compose'] : undefined;
}

export type Part = 'smoke' | 'all';

/** Why these tests are skipped here; `undefined` when they run. They take minutes, so they are asked for by name. */
export function whySkipped(part: Part): string | undefined {
  return told(`tests of the deployment (${part})`, reasonToSkip(part));
}

/** Prints the reason, if there is one: Jest does not name the tests of a file in which all are skipped. */
export function told(what: string, why: string | undefined): string | undefined {
  if (why !== undefined) process.stderr.write(`skipped: ${what}: ${why}\n`);
  return why;
}

/** Why nobody wants them here; `undefined` when somebody does. */
export function whyNotAsked(part: Part): string | undefined {
  const asked = process.env.FILLWRIGHT_DEPLOY_TESTS;
  if (asked !== 'smoke' && asked !== 'all') return 'not asked for: FILLWRIGHT_DEPLOY_TESTS=smoke or all';
  return part === 'all' && asked !== 'all' ? 'only by night: FILLWRIGHT_DEPLOY_TESTS=all' : undefined;
}

function reasonToSkip(part: Part): string | undefined {
  const unasked = whyNotAsked(part);
  if (unasked !== undefined) return unasked;
  // Found out by scripts/deploy-tests.sh, which would have installed and started an engine.
  const reason = process.env.FILLWRIGHT_DEPLOY_SKIPPED;
  if (reason !== undefined && reason !== '') return reason;
  if (!existsSync('/var/run/docker.sock') && process.env.DOCKER_HOST === undefined)
    return 'no Docker engine: /var/run/docker.sock is absent';
  if (run('docker', ['version']).status !== 0) return 'the Docker engine does not answer';
  if (run('docker', ['image', 'inspect', IMAGE]).status !== 0) return `no image ${IMAGE}: docker build -f deploy/Dockerfile -t ${IMAGE} .`;
  return composeCommand() === undefined ? 'neither docker-compose nor docker compose is installed' : undefined;
}
