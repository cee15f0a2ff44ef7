import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const MODULE = new URL('../../src/process/run-tool.ts', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'run-tool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tool that leaves a rejection behind before it ends well. */
function run(isHarmless: string): { readonly status: number | null; readonly stderr: string } {
  const script = `
    import { runTool } from '${MODULE}';
    await runTool({
      name: 'sample',
      run: async () => {
        Promise.reject(new Error('left behind'));
        await new Promise((resolve) => setImmediate(resolve));
        return 0;
      },
      isHarmless: ${isHarmless},
    });`;
  const env = { PATH: process.env.PATH, FILLWRIGHT_LOG_DIR: folder, FILLWRIGHT_DATA_DIR: folder };
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env });
}

describe('a rejection that nobody handles', () => {
  it('ends a tool, and is told', () => {
    expect(run('undefined')).toMatchObject({ status: 1, stderr: expect.stringContaining('RUN_UNEXPECTED: left behind') });
  });

  it('ends nothing where the tool knows it to be harmless', () => {
    expect(run("({ message }) => message === 'left behind'")).toMatchObject({ status: 0, stderr: '' });
    expect(run("({ message }) => message === 'another'")).toMatchObject({ status: 1 });
  });
});
