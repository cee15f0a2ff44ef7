import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const BIN = join(dirname(fileURLToPath(import.meta.url)), '../../bin');

/** A workspace whose pinned Node is this one under a version that no Node has: every bin in it starts itself again. */
function workspace(entry: string, pinned = true): string {
  const root = mkdtempSync(join(tmpdir(), 'fillwright-bin-'));
  mkdirSync(join(root, 'packages/tools/bin'), { recursive: true });
  mkdirSync(join(root, 'packages/trader/src'), { recursive: true });
  for (const file of ['_run.mjs', 'trader.mjs']) copyFileSync(join(BIN, file), join(root, 'packages/tools/bin', file));
  writeFileSync(join(root, 'packages/trader/package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'packages/trader/src/main.ts'), entry);
  if (!pinned) return root;
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(root, 'node_modules/node/package.json'), '{"name":"node","version":"0.0.0"}');
  symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'));
  // As npm links a bin.
  symlinkSync(join(root, 'packages/tools/bin/trader.mjs'), join(root, 'node_modules/.bin/trader'));
  return root;
}

function start(root: string, ...args: string[]): ChildProcess {
  const bin = join(root, 'node_modules/.bin/trader');
  const script = existsSync(bin) ? bin : join(root, 'packages/tools/bin/trader.mjs');
  return spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Hands each piece of stdout to `onOutput`, and the end to the caller. */
function finish(child: ChildProcess, onOutput: (text: string) => void = () => {}): Promise<End> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout += bytes.toString('utf8');
    onOutput(stdout);
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes.toString('utf8');
  });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
}

describe('a bin', () => {
  it('starts itself again with the pinned Node, passing on arguments, streams and the exit code', async () => {
    const root = workspace(
      'const text: string = process.argv.slice(2).join(" "); process.stdin.on("data", (bytes: Buffer) => { console.log(text, String(bytes), process.execPath); process.exit(7); });',
    );
    const child = start(root, 'config/x.ini', '--json');
    child.stdin?.write('hello');

    const end = await finish(child);
    expect(end).toMatchObject({ code: 7, stderr: '' });
    expect(end.stdout).toContain('config/x.ini --json hello');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on and answers with the exit code of the process', async (signal) => {
    const root = workspace(`process.on('${signal}', () => process.exit(5)); setInterval(() => {}, 1000); console.log('up');`);
    const child = start(root);

    const end = await finish(child, () => child.kill(signal));
    expect(end).toMatchObject({ code: 5, signal: null });
  });

  it('answers 128 + n when the process dies of signal n', async () => {
    const root = workspace(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);

    expect(await finish(start(root))).toMatchObject({ code: 137 });
  });

  it('takes the process along when it is killed itself', async () => {
    const root = workspace(`setInterval(() => {}, 1000); console.log(process.pid);`);
    const child = start(root);
    let inner = 0;

    // `close` comes when nobody holds the output any more: only then both are gone.
    const end = await finish(child, (text) => {
      inner = Number(text);
      child.kill('SIGKILL');
    });
    expect(end.signal).toBe('SIGKILL');
    expect(inner).toBeGreaterThan(1);
    expect(inner).not.toBe(child.pid);
  });

  it('says what to do when the pinned Node is not installed', async () => {
    const end = await finish(start(workspace('', false), '--json'));

    expect(end.code).toBe(2);
    expect(end.stderr).toContain('npm ci');
    expect(JSON.parse(end.stdout)).toMatchObject({ ok: false, error: { code: 'RUN_NODE_MISSING' } });
  });

  it('exists in both spellings, is executable, and is listed in package.json', () => {
    const manifest = JSON.parse(readFileSync(join(BIN, '../package.json'), 'utf8')) as { bin: Record<string, string> };
    const files = readdirSync(BIN).filter((file) => !file.startsWith('_'));

    expect(Object.values(manifest.bin).sort()).toEqual(files.map((file) => `./bin/${file}`).sort());
    for (const name of Object.keys(manifest.bin)) {
      expect(manifest.bin).toHaveProperty([name.replaceAll('_', '-')]);
      expect(readFileSync(join(BIN, `${name}.mjs`), 'utf8')).toBe(readFileSync(join(BIN, `${name.replaceAll('_', '-')}.mjs`), 'utf8'));
    }
  });
});
