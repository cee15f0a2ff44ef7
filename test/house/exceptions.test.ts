import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../scripts/house/finding.ts';
import { checkGlobals } from '../../scripts/house/forbidden-globals.ts';
import { applyExceptions, type SourceModel } from '../../scripts/house/source-model.ts';
import { judge } from './snippets.ts';

const PATH = 'packages/trader/src/a.ts';

function judged(code: string, part: 'kept' | 'stale'): string[] {
  const rule = (_: unknown, model: SourceModel): readonly Finding[] => applyExceptions(model, checkGlobals(model))[part];
  return judge({ [PATH]: code }, rule);
}

describe('exceptions to a rule', () => {
  it('are a comment with a reason on the line', () => {
    expect(judged('export const a = Date.now(); // allowed: shown to a person only', 'kept')).toEqual([]);
    expect(judged('export const a = Date.now(); // allowed:', 'kept')).toHaveLength(1);
    expect(judged('export const a = Date.now(); // ok', 'kept')).toHaveLength(1);
  });

  it('may stand alone above the line, but reach no further', () => {
    expect(judged('// allowed: a reason\nexport const a = Date.now();', 'kept')).toEqual([]);
    expect(judged('// allowed: a reason\n\nexport const a = Date.now();', 'kept')).toHaveLength(1);
    expect(judged('export const b = 1; // allowed: a reason\nexport const a = Date.now();', 'kept')).toHaveLength(1);
  });

  it('are not read out of strings and doc comments', () => {
    expect(judged("export const a = [Date.now(), '// allowed: a reason'];", 'kept')).toHaveLength(1);
    expect(judged('/** Say `// allowed: a reason`. */ export const a = Date.now();', 'kept')).toHaveLength(1);
  });

  it('are reported once they excuse nothing', () => {
    expect(judged('export const a = 1; // allowed: a reason', 'stale')).toEqual([expect.stringContaining(`${PATH}:1`)]);
    expect(judged('export const a = Date.now(); // allowed: a reason', 'stale')).toEqual([]);
  });
});
