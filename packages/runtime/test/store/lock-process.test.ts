import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';

const root = mkdtempSync(join(tmpdir(), 'fillwright-lock-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Another process that takes the lock, drops every reference to it, collects garbage, says so, and stays. */
async function holder(): Promise<ChildProcess> {
  const store = new URL('../../src/store/sqlite-store.ts', import.meta.url).href;
  const program = `
    const { createSqliteStore } = await import(${JSON.stringify(store)});
    createSqliteStore(${JSON.stringify(root)}).lock('engine.lock');
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('lock between processes', () => {
  it('is held for the life of the holder, and freed by kill -9', async () => {
    const child = await holder();
    const store = createSqliteStore(root);
    expect(() => store.lock('engine.lock')).toThrow(`${root}/engine.lock is locked by another process`);

    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    expect(() => store.lock('engine.lock').release()).not.toThrow();
  });
});
