/** `mutant.mjs NAME RUNS`: says at which seed a wrong in production code is found out, and fails when it is not. */
import { spawnSync } from 'node:child_process';

const [name = '', runs = '500'] = process.argv.slice(2);
const args = ['run', '--silent', 'simulate', '--', '--seed', '1', '--runs', runs, '--jobs', '1', '--mutant', name, '--json'];
const from = Date.now();
const { stdout } = spawnSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const seconds = ((Date.now() - from) / 1000).toFixed(1);
const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
const found = summary.findings?.[0];
if (found === undefined) {
  process.stdout.write(`${name.padEnd(32)} survived ${runs} seeds\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    `${name.padEnd(32)} seed ${String(found.seed).padStart(3)}  ${seconds.padStart(5)} s  ${found.check}: ${found.text.slice(0, 90)}\n`,
  );
}
