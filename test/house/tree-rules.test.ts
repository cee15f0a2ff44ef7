import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkLockFile, checkMachineTraces } from '../../scripts/house/clean-tree.ts';
import { checkDependencyDocs } from '../../scripts/house/dependency-docs.ts';
import { checkLayout } from '../../scripts/house/file-layout.ts';
import { findingText } from '../../scripts/house/finding.ts';
import { checkSupplyChain } from '../../scripts/house/supply-chain.ts';
import { loadWorkspace } from '../../scripts/house/workspace.ts';
import { houseWith, manifest } from './snippets.ts';

describe('file layout', () => {
  const faultsOf = (path: string, text: string): string[] => checkLayout(houseWith({ [path]: text })).map(findingText);
  const long = (lines: number): string => `/** Header. */\n${'export {};\n'.repeat(lines - 1)}`;

  it('allows 500 lines, and more with a reason in the header', () => {
    expect(faultsOf('packages/venue/src/a.ts', long(500))).toEqual([]);
    expect(faultsOf('packages/venue/src/a.ts', long(501))).toEqual([expect.stringContaining('501 lines')]);
    expect(faultsOf('packages/venue/src/a.ts', `// long: one table\n${long(501)}`)).toEqual([]);
    expect(faultsOf('packages/venue/src/a.ts', `${long(501)}// long: too late\n`)).toHaveLength(1);
  });

  it('keeps a main.ts to wiring', () => {
    expect(faultsOf('packages/trader/src/main.ts', long(81))).toEqual([expect.stringContaining('more than 80')]);
  });

  it('asks for a header in src', () => {
    expect(faultsOf('packages/venue/src/a.ts', 'export {};\n')).toEqual([expect.stringContaining('header comment')]);
    expect(faultsOf('packages/venue/test/a.test.ts', 'export {};\n')).toEqual([]);
  });

  it('allows both spellings of commands', () => {
    expect(faultsOf('packages/tools/bin/zmq-test.mjs', '')).toEqual([]);
    expect(faultsOf('packages/tools/bin/zmq_test.mjs', '')).toEqual([]);
  });

  it.each(['packages/venue/src/OrderState.ts', 'packages/venue/src/index.ts', 'packages/venue/src/utils/a.ts', 'scripts/do_it.ts'])(
    'refuses the name %s',
    (path) => {
      expect(faultsOf(path, '/** Header. */\n')).toHaveLength(1);
    },
  );
});

describe('the tree', () => {
  const lockFaults = (packages: Readonly<Record<string, unknown>>): string[] =>
    checkLockFile(houseWith({ 'package-lock.json': JSON.stringify({ packages }) })).map(findingText);

  it('has a lock file', () => {
    expect(checkLockFile(houseWith({}))).toHaveLength(1);
  });

  it('has a lock file without registry hosts; links of the workspace are fine', () => {
    expect(lockFaults({ 'node_modules/@fillwright/venue': { resolved: 'packages/venue', link: true } })).toEqual([]);
    expect(lockFaults({ 'node_modules/x': { resolved: 'https://registry.npmjs.org/x.tgz' } })).toEqual([
      expect.stringContaining('names a registry host'),
    ]);
  });

  it('has a lock file for all platforms', () => {
    const parent = { 'node_modules/x': { optionalDependencies: { 'x-linux': '1.0.0', 'x-darwin': '1.0.0' } } };

    expect(lockFaults({ ...parent, 'node_modules/x-linux': {} })).toEqual([expect.stringContaining('needs x-darwin,')]);
    expect(lockFaults({ ...parent, 'node_modules/x-linux': {}, 'node_modules/x/node_modules/x-darwin': {} })).toEqual([]);
    expect(
      lockFaults({ 'node_modules/a/node_modules/x': { optionalDependencies: { b: '1' } }, 'node_modules/a/node_modules/b': {} }),
    ).toEqual([]);
  });

  it('is read without the secrets of a desk', () => {
    const root = mkdtempSync(join(tmpdir(), 'fillwright-tree-'));
    mkdirSync(join(root, 'deploy/secrets'), { recursive: true });
    writeFileSync(join(root, 'deploy/secrets/binance_api_key'), 'key\n');
    writeFileSync(join(root, 'deploy/live.env'), '');

    const { files } = loadWorkspace(root);
    rmSync(root, { recursive: true });

    expect([...files.keys()]).toEqual(['deploy/live.env']);
  });

  it('names no path of one machine', () => {
    const machinePath = ['', 'work', 'main'].join('/');
    expect(checkMachineTraces(houseWith({ 'docs/a.md': `see ${machinePath}/x` }))).toHaveLength(1);
    expect(checkMachineTraces(houseWith({ 'docs/a.md': 'see https://example.org/work/x and docs/work/y' }))).toEqual([]);
  });
});

describe('the supply chain', () => {
  const faultsOf = (packages: Readonly<Record<string, unknown>>, allowScripts: Readonly<Record<string, boolean>> = {}): string[] => {
    const files = { 'package-lock.json': JSON.stringify({ packages }), 'package.json': JSON.stringify({ allowScripts }) };
    return checkSupplyChain(houseWith(files)).map(findingText);
  };
  const integrity = 'sha512-abc==';

  it('has a hash for all that comes from a registry; our own packages need none', () => {
    const ours = { '': {}, 'packages/venue': {}, 'node_modules/@fillwright/venue': { resolved: 'packages/venue', link: true } };
    expect(faultsOf({ ...ours, 'node_modules/x': { integrity } })).toEqual([]);
    expect(faultsOf({ ...ours, 'node_modules/x/node_modules/@y/z': {} })).toEqual([
      expect.stringContaining('node_modules/x/node_modules/@y/z has no integrity hash'),
    ]);
    expect(faultsOf({ 'node_modules/x': { integrity: 'sha1-abc=' } })).toHaveLength(1);
  });

  const scripted = { integrity, hasInstallScript: true };
  const lock = { 'node_modules/node': scripted, 'node_modules/x/node_modules/@y/z': scripted, 'node_modules/plain': { integrity } };

  it('says of each install script whether it runs', () => {
    expect(faultsOf(lock, { node: true, '@y/z': false })).toEqual([]);
  });

  it.each([
    [{ node: true }, 'does not say whether @y/z may run'],
    [{ node: true, '@y/z': true }, 'lets @y/z run its install script; node alone may'],
    [{ node: true, '@y/z': false, plain: false }, 'names plain, which has no install script'],
  ])('is refused: %#', (allowScripts, reason) => {
    expect(faultsOf(lock, allowScripts)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('docs/dependencies.md', () => {
  const faultsOf = (rows: string): string[] => {
    const files = {
      'packages/venue/package.json': manifest('venue', [], { dependencies: { zod: '4.6.7', '@fillwright/domain': '0.1.0' } }),
    };
    return checkDependencyDocs(houseWith({ ...files, 'docs/dependencies.md': rows })).map(findingText);
  };
  const fastCheck = '| fast-check | 4.10.2 | MIT | x |\n';

  it('has one row for each dependency', () => {
    expect(faultsOf(`| name | version |\n| --- | --- |\n${fastCheck}| [zod](https://zod.dev) | 4.6.7 | MIT | x |\n`)).toEqual([]);
  });

  it.each([
    [fastCheck, 'has no row for zod 4.6.7'],
    [`${fastCheck}| zod | 4.6.6 | x |\n`, 'says zod 4.6.6; the manifests say 4.6.7'],
    [`${fastCheck}| zod | 4.6.7 | x |\n| left-pad | 1.0.0 | x |\n`, 'left-pad is no dependency of ours'],
    [`${fastCheck}| zod | 4.6.7 | x |\n| zod | 4.6.7 | x |\n`, 'zod has two rows'],
  ])('is refused: %#', (rows, reason) => {
    expect(faultsOf(rows)).toEqual([expect.stringContaining(reason)]);
  });
});
