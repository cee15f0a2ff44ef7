import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '../../src/mod.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const UNITS = readdirSync(join(ROOT, 'deploy/systemd')).filter((name) => name.endsWith('.service'));
const MEMORY = join(import.meta.dirname, '../../src/process/memory.ts');

/** Keeps 20 MB alive and replaces them all the time; says how large the old generation became, in MB. */
const CHURN = `
import { getHeapSpaceStatistics } from 'node:v8';
const { collectOften } = await import(${JSON.stringify(MEMORY)});
if (process.argv[1] === 'often') collectOften();
let kept = [];
let peak = 0;
for (let n = 0; n < 4_000_000; n += 1) {
  kept.push({ n, more: [n] });
  if (kept.length > 200_000) kept = kept.slice(100_000);
  if (n % 20_000 === 0 && n > 1_000_000) peak = Math.max(peak, getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_size);
}
console.log(peak / 2 ** 20);
`;

describe('memory of a process', () => {
  it.each(UNITS)('%s starts it with the flags and the environment that are said here', (unit) => {
    const text = read(`deploy/systemd/${unit}`);

    expect(text).toMatch(new RegExp(`^ExecStart=\\S+/node ${MEMORY_FLAGS.join(' ')} `, 'm'));
    for (const [name, value] of Object.entries(MEMORY_ENVIRONMENT))
      expect(text).toMatch(new RegExp(`^Environment=.*\\b${name}=${value}\\b`, 'm'));
  });

  it('containers and programs under another Node start it with them, too', () => {
    expect(read('deploy/docker/entrypoint.sh')).toContain(`exec node ${MEMORY_FLAGS.join(' ')} `);
    const inRun = /MEMORY_FLAGS = \[(.*?)\]/s.exec(read('packages/tools/bin/_run.mjs'))?.[1] ?? '';
    expect([...inRun.matchAll(/'(.*?)'/g)].map(([, flag]) => flag)).toEqual(MEMORY_FLAGS);
    for (const [name, value] of Object.entries(MEMORY_ENVIRONMENT)) {
      expect(read('deploy/docker/entrypoint.sh')).toContain(`${name}=${value}`);
      expect(read('packages/tools/bin/_run.mjs')).toContain(`${name}: '${value}'`);
    }
  });

  it('stays small where much is replaced and little kept', () => {
    const peakMb = (how: string): number => {
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', CHURN, how], { encoding: 'utf8', env: { PATH: '' } });
      return Number(stdout);
    };
    const [often, rarely] = [peakMb('often'), peakMb('rarely')];

    expect(often).toBeGreaterThan(5);
    expect(often).toBeLessThan(rarely);
  });
});
