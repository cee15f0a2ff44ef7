import { describe, expect, it } from '@jest/globals';
import { checkImports, cyclesOf } from '../../scripts/house/import-direction.ts';
import { judge } from './snippets.ts';

function faultsOf(path: string, code: string, more: Readonly<Record<string, string>> = {}): string[] {
  return judge({ ...more, [path]: code }, checkImports);
}

describe('import direction', () => {
  it.each([
    ['packages/messages/src/a.ts', '@fillwright/domain'],
    ['packages/venue-binance/src/a.ts', '@fillwright/venue'],
    ['packages/trading-engine/src/a.ts', '@fillwright/venue-binance'],
    ['packages/strategies/src/a.ts', '@fillwright/trader'],
    ['packages/simulation/src/a.ts', '@fillwright/trading-engine'],
    ['packages/exchange-simulator/src/a.ts', '@fillwright/domain/decimal'],
    ['packages/exchange-simulator/src/a.ts', '@fillwright/runtime'],
    ['packages/simulation/src/checkers/a.ts', '@fillwright/domain/time'],
    ['packages/trader/examples/a.ts', '@fillwright/trader'],
    ['test/e2e/a.test.ts', '@fillwright/trading-engine'],
    ['packages/simulation/test/a.test.ts', '../../runtime/test/suites/disk.ts'],
    ['packages/runtime/test/net/a.test.ts', '../suites/disk.ts'],
  ])('lets %s import %s', (path, specifier) => {
    expect(faultsOf(path, `import '${specifier}';`)).toEqual([]);
  });

  it.each([
    ['packages/domain/src/a.ts', '@fillwright/messages', 'imports point down only'],
    ['packages/runtime/src/a.ts', '@fillwright/venue', 'imports point down only'],
    ['packages/runtime/test/a.test.ts', '@fillwright/simulation', 'imports point down only'],
    ['packages/venue/src/a.ts', '@fillwright/venue-binance', 'imports point down only'],
    ['packages/trading-engine/src/a.ts', '@fillwright/trader', 'services never import services'],
    ['packages/trader/src/a.ts', '@fillwright/strategies', 'imports point down only'],
    ['packages/strategies/src/a.ts', '@fillwright/trading-engine', 'imports point down only'],
    ['packages/exchange-simulator/src/a.ts', '@fillwright/venue-binance', 'imports point down only'],
    ['packages/exchange-simulator/src/a.ts', '@fillwright/domain', 'the witness must not use'],
    ['packages/exchange-simulator/test/a.test.ts', '@fillwright/domain', 'the witness must not use'],
    ['packages/simulation/src/checkers/a.ts', '@fillwright/domain', 'the witness must not use'],
    ['packages/simulation/src/checkers/a.ts', '@fillwright/venue', 'the witness must not use'],
    ['packages/simulation/src/checkers/a.ts', '@fillwright/trading-engine', 'the witness must not use'],
    ['packages/trader/src/a.ts', '@fillwright/trader', 'is this package'],
    ['packages/trader/src/a.ts', '@fillwright/domain/src/decimal.ts', 'not among the exports'],
    ['packages/trader/src/a.ts', '@fillwright/nowhere', 'there is no package'],
    ['packages/trader/src/a.ts', '../../domain/src/decimal.ts', 'leaves the package'],
    ['packages/trader/src/a.ts', '../test/fake.ts', 'makes src depend on test/'],
    ['packages/runtime/test/a.test.ts', '../../simulation/test/suites/disk.ts', 'imports point down only'],
    ['packages/simulation/test/a.test.ts', '../../runtime/test/fake.ts', 'leaves the package'],
    ['packages/simulation/src/a.ts', '../../runtime/test/suites/disk.ts', 'leaves the package'],
    ['test/a.test.ts', '../packages/domain/src/decimal.ts', 'reaches into packages/domain'],
  ])('refuses %s importing %s', (path, specifier, reason) => {
    expect(faultsOf(path, `import '${specifier}';`)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    "export { x } from '@fillwright/messages';",
    "export * from '@fillwright/messages';",
    "import type { X } from '@fillwright/messages';",
    "export const a = await import('@fillwright/messages');",
    "export type A = import('@fillwright/messages').X;",
  ])('sees every form of import: %s', (code) => {
    expect(faultsOf('packages/domain/src/a.ts', code)).toHaveLength(1);
  });

  it('is not fooled by text that looks like an import', () => {
    expect(
      faultsOf('packages/domain/src/a.ts', "// import '@fillwright/messages';\nexport const a = `import '@fillwright/messages';`;"),
    ).toEqual([]);
  });

  it('asks for a decision when a new package appears', () => {
    const more = { 'packages/gadget/package.json': '{"exports":{".":"./src/mod.ts"}}' };
    expect(faultsOf('packages/gadget/src/a.ts', "import '@fillwright/domain';", more)).toEqual([
      expect.stringContaining('has no place in the import order'),
    ]);
  });

  it('follows a checker through its neighbours to engine code', () => {
    const checker = 'packages/simulation/src/checkers/a.ts';
    const neighbour = { 'packages/simulation/src/world.ts': "import '@fillwright/trading-engine';" };

    expect(faultsOf(checker, "import '../world.ts';", neighbour)).toEqual([
      expect.stringContaining('by way of packages/simulation/src/world.ts'),
    ]);
    expect(faultsOf(checker, "import type { World } from '../world.ts';", neighbour)).toEqual([]);
  });

  it('refuses files that need each other at run time, and lets types go round', () => {
    const back = { 'packages/venue/src/b.ts': "import './a.ts';" };

    expect(faultsOf('packages/venue/src/a.ts', "import './b.ts';", back)).toEqual([expect.stringContaining('in a circle')]);
    expect(faultsOf('packages/venue/src/a.ts', "import type { B } from './b.ts';", back)).toEqual([]);
  });
});

describe('cycles of a graph', () => {
  it('are found wherever they start', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
      ['d', ['d']],
    ]);
    expect(cyclesOf(edges)).toEqual([['b', 'c'], ['d']]);
  });

  it('are none in a diamond', () => {
    const edges = new Map([
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
    ]);
    expect(cyclesOf(edges)).toEqual([]);
  });
});
