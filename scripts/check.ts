/**
 * `npm run check`: the house rules as code. One line per check with its time; what a failed check said follows below its line.
 * Exit code 1 when any failed. `--only <words of a name>` runs a part.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findingText, sortFindings } from './house/finding.ts';
import { houseRules } from './house/rules.ts';
import { Compiler } from './house/source-model.ts';
import { loadWorkspace } from './house/workspace.ts';

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly output: string;
}

interface Command {
  readonly name: string;
  readonly args: readonly string[];
}

const root = join(import.meta.dirname, '..');
/** A command that hangs fails the check instead of the day. */
const COMMAND_TIMEOUT_MS = 120_000;

/** Programs of their own, each run by the Node that runs this script. */
function commands(): Command[] {
  const generators = readdirSync(import.meta.dirname)
    .filter((file) => /^generate-.*\.ts$/.test(file))
    .sort();
  return [
    { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false'] },
    { name: 'lint and format', args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '--diagnostic-level=error', '.'] },
    ...generators.map((file) => ({
      name: `generated: ${file.slice('generate-'.length, -'.ts'.length)}`,
      args: [`scripts/${file}`, '--check'],
    })),
  ];
}

function runCommand(command: Command): Promise<Outcome> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: COMMAND_TIMEOUT_MS });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finish = (ok: boolean, extra: string): void => {
      const output = Buffer.concat(chunks).toString('utf8').trim();
      resolve({
        name: command.name,
        ok,
        ms: performance.now() - startedMs,
        output: ok ? '' : [output, extra].filter((text) => text !== '').join('\n'),
      });
    };
    child.on('error', (error) => finish(false, `could not be started: ${error.message}`));
    child.on('close', (code, signal) => finish(code === 0, signal === null ? '' : `ended by ${signal}`));
  });
}

/** As many at a time as there are processors; yields in the order of the list as each is done. */
async function runCommands(list: readonly Command[], report: (outcome: Outcome) => void): Promise<void> {
  const waiting = [...list];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) report(await runCommand(next));
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), list.length) }, lane));
}

function runRules(wanted: (name: string) => boolean, report: (outcome: Outcome) => void): void {
  const startedMs = performance.now();
  const workspace = loadWorkspace(root);
  const compiler = new Compiler(root);
  const model = compiler.parse(workspace);
  if (wanted('sources'))
    report({ name: `sources: ${model.modules.length} modules parsed`, ok: true, ms: performance.now() - startedMs, output: '' });
  for (const rule of houseRules(workspace, model)) {
    const ruleStartedMs = performance.now();
    const findings = sortFindings(rule.run());
    const output = findings.map(findingText).join('\n');
    if (wanted(rule.name)) report({ name: rule.name, ok: findings.length === 0, ms: performance.now() - ruleStartedMs, output });
  }
  compiler.close();
}

function print(outcome: Outcome): void {
  const seconds = `${(outcome.ms / 1000).toFixed(1)} s`;
  process.stdout.write(`${outcome.ok ? '✓' : '✗'} ${outcome.name.padEnd(44)}${seconds.padStart(8)}\n`);
  if (outcome.output !== '') process.stdout.write(`${outcome.output.replace(/^/gm, '    ')}\n`);
}

const startedMs = performance.now();
const at = process.argv.indexOf('--only');
const only = at < 0 ? '' : (process.argv[at + 1] ?? '');
const wanted = (name: string): boolean => name.includes(only);
const outcomes: Outcome[] = [];
const report = (outcome: Outcome): void => {
  outcomes.push(outcome);
  print(outcome);
};

// The programs are on their way before the rules take this thread.
const running = runCommands(
  commands().filter((command) => wanted(command.name)),
  report,
);
runRules(wanted, report);
await running;

const failed = outcomes.filter((outcome) => !outcome.ok).map((outcome) => outcome.name);
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
process.stdout.write(
  failed.length === 0 ? `\nall ${outcomes.length} checks passed in ${seconds} s\n` : `\nfailed: ${failed.join(', ')} (${seconds} s)\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
