/** Small made-up workspaces for the tests of the house rules: a correct one, and what a test puts into it. */
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { Finding } from '../../scripts/house/finding.ts';
import { findingText, sortFindings } from '../../scripts/house/finding.ts';
import { Compiler, type SourceModel } from '../../scripts/house/source-model.ts';
import { type Workspace, workspaceOf } from '../../scripts/house/workspace.ts';

/** Does not exist; below the checkout so that the compiler finds Node's declarations. */
const ROOT = join(import.meta.dirname, '../../made-up-workspace');

const EXPORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  domain: { '.': './src/mod.ts', './decimal': './src/decimal.ts', './ids': './src/ids.ts', './time': './src/time.ts' },
};

/** A manifest as every package has it; `extra` replaces parts of it. */
export function manifest(folder: string, dependencies: readonly string[] = [], extra: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    name: `@fillwright/${folder}`,
    version: '0.1.0',
    private: true,
    license: 'Apache-2.0',
    type: 'module',
    exports: EXPORTS[folder] ?? { '.': './src/mod.ts' },
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '0.1.0'])),
    ...extra,
  });
}

const FOLDERS = [
  'domain',
  'messages',
  'runtime',
  'venue',
  'venue-binance',
  'trading-engine',
  'trader',
  'strategies',
  'exchange-simulator',
  'simulation',
];

/** Packages with a manifest, a door and a README each, overlaid with `files`. */
export function houseWith(files: Readonly<Record<string, string>>, root = ROOT): Workspace {
  const base: Record<string, string> = {
    'package.json': JSON.stringify({ license: 'Apache-2.0', devDependencies: { 'fast-check': '4.10.2' } }),
  };
  for (const folder of FOLDERS) {
    base[`packages/${folder}/package.json`] = manifest(folder);
    base[`packages/${folder}/README.md`] = `# ${folder}\n`;
    base[`packages/${folder}/src/mod.ts`] = '';
  }
  for (const name of ['decimal', 'ids', 'time']) base[`packages/domain/src/${name}.ts`] = `/** ${name}. */\nexport const ${name} = 1;\n`;
  return workspaceOf(root, { ...base, ...files });
}

let compiler: Compiler | undefined;
let rounds = 0;
afterAll(() => compiler?.close());

/** What `rule` says about a house with these files, as lines of text. */
export function judge(
  files: Readonly<Record<string, string>>,
  rule: (workspace: Workspace, model: SourceModel) => readonly Finding[],
): string[] {
  compiler ??= new Compiler(ROOT);
  // A root of its own for each round: the compiler may remember the files of the last one.
  rounds += 1;
  const workspace = houseWith(files, `${ROOT}/${rounds}`);
  return sortFindings(rule(workspace, compiler.parse(workspace))).map(findingText);
}
