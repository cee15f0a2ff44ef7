import { describe, expect, it } from '@jest/globals';
import { checkFunctionSizes } from '../../scripts/house/function-size.ts';
import { checkPackages } from '../../scripts/house/package-rules.ts';
import { checkPublicDoors } from '../../scripts/house/public-door.ts';
import { judge, manifest } from './snippets.ts';

describe('packages', () => {
  it('are accepted as made', () => {
    expect(judge({}, checkPackages)).toEqual([]);
  });

  it.each([
    [{ name: 'venue' }, 'name must be @fillwright/venue'],
    [{ type: 'commonjs' }, 'type must be "module"'],
    [{ private: false }, 'private must be true'],
    [{ license: 'MIT' }, 'license must be Apache-2.0'],
    [{ exports: { '.': './src/index.ts' } }, 'exports["."] must be'],
    [{ exports: { '.': './src/mod.ts', './x': './src/x.ts' } }, 'packages/venue/src/x.ts, which does not exist'],
  ])('are refused with %j', (extra, reason) => {
    expect(judge({ 'packages/venue/package.json': manifest('venue', [], extra) }, checkPackages).join('\n')).toContain(reason);
  });

  it('must declare what they import', () => {
    const code = { 'packages/venue/src/a.ts': "import 'zod';\nimport 'node:path';\nimport '@fillwright/domain';" };
    expect(judge(code, checkPackages)).toEqual([
      expect.stringContaining('a.ts:1: zod is used but not declared'),
      expect.stringContaining('a.ts:3: @fillwright/domain is used but not declared'),
    ]);
  });

  it('must import what they declare', () => {
    const files = { 'packages/venue/package.json': manifest('venue', [], { dependencies: { zod: '4.6.7' } }) };
    expect(judge(files, checkPackages)).toEqual([expect.stringContaining('declared but imported nowhere in the package: zod')]);
    for (const use of ["import { z } from 'zod/mini';", "export const a = [require.resolve('zod/mini')];", "await import('zod');"]) {
      expect(judge({ ...files, 'packages/venue/src/a.ts': use }, checkPackages)).toEqual([]);
    }
  });

  it('may use the tools of the root in tests, not in src', () => {
    expect(judge({ 'packages/venue/test/a.test.ts': "import 'fast-check';" }, checkPackages)).toEqual([]);
    expect(judge({ 'packages/venue/src/a.ts': "import 'fast-check';" }, checkPackages)).toHaveLength(1);
  });

  it('pin exactly, and all the same version', () => {
    const venue = {
      'packages/venue/package.json': manifest('venue', [], { dependencies: { zod: '^4.6.7' } }),
      'packages/venue/src/a.ts': "import 'zod';",
    };
    const trader = {
      'packages/trader/package.json': manifest('trader', [], { dependencies: { zod: '4.0.0' } }),
      'packages/trader/src/a.ts': "import 'zod';",
    };
    const text = judge({ ...venue, ...trader }, checkPackages).join('\n');
    expect(text).toContain('zod must be pinned exactly, not ^4.6.7');
    expect(text).toContain('zod is ^4.6.7 here and 4.0.0 in packages/trader/package.json');
  });

  it('must not need each other', () => {
    const files = {
      'packages/venue/package.json': manifest('venue', ['@fillwright/trader']),
      'packages/trader/src/a.ts': "import '@fillwright/venue';",
    };
    expect(judge(files, checkPackages).join('\n')).toContain('circle: trader → venue → trader');
  });
});

describe('public doors', () => {
  it.each(['export const a = 1;', "import './a.ts';", "export * from '@fillwright/domain';", "export { a } from '../a.ts';", 'export {};'])(
    'refuse %s',
    (code) => {
      expect(judge({ 'packages/venue/src/mod.ts': code }, (_, model) => checkPublicDoors(model))).toHaveLength(1);
    },
  );

  it('re-export their own files', () => {
    const code = "/** The door. */\nexport { a } from './a.ts';\nexport type * from './b.ts';";
    expect(judge({ 'packages/venue/src/mod.ts': code }, (_, model) => checkPublicDoors(model))).toEqual([]);
  });
});

describe('functions', () => {
  const faultsOf = (path: string, lines: number): string[] => {
    const code = `export function a(): void {\n${'  a();\n'.repeat(lines - 2)}}\n`;
    return judge({ [path]: code }, (_, model) => checkFunctionSizes(model));
  };

  it('have at most 70 lines, in tests as many as they like', () => {
    expect(faultsOf('packages/venue/src/a.ts', 70)).toEqual([]);
    expect(faultsOf('packages/venue/src/a.ts', 71)).toEqual([expect.stringContaining('a.ts:1: a function of 71 lines')]);
    expect(faultsOf('packages/venue/test/a.test.ts', 71)).toEqual([]);
  });
});
