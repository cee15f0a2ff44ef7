import { describe, expect, it } from '@jest/globals';
import { checkErrorCodes, type ErrorTable, errorPage, errorUses } from '../../scripts/house/error-usage.ts';
import { judge } from './snippets.ts';

const TABLE: ErrorTable = { areas: { ENG: 'engine', RUN: 'runtime' }, codes: { ENG_LATE: 'too late' } };

function faultsOf(code: string, path = 'packages/trading-engine/src/a.ts'): string[] {
  return judge({ [path]: code }, (_, model) => checkErrorCodes(errorUses(model, TABLE), TABLE));
}

describe('error codes', () => {
  it('in use have a meaning', () => {
    expect(faultsOf("throw new AppError('ENG_LATE', 'x');")).toEqual([]);
    expect(faultsOf("export const codes = ['ENG_LATE', 'ENG_OTHER'];")).toEqual([expect.stringContaining('ENG_OTHER has no meaning')]);
  });

  it('with a meaning are in use', () => {
    expect(faultsOf('export const a = 1; // ENG_LATE')).toEqual([expect.stringContaining('ENG_LATE is used nowhere')]);
    expect(faultsOf("throw new AppError('ENG_LATE', 'x');", 'packages/trading-engine/test/a.test.ts')).toHaveLength(1);
  });

  it('of an unknown area or shape are refused where an error is made', () => {
    expect(faultsOf("throw new AppError('XYZ_BAD', 'x'), 'ENG_LATE';")).toEqual([expect.stringContaining('area XYZ is not listed')]);
    expect(faultsOf("throw new AppError('late', 'x'), 'ENG_LATE';")).toEqual([expect.stringContaining("'late' is no error code")]);
    expect(faultsOf("export const a = ['LOT_SIZE', 'ENG_LATE'];")).toEqual([]);
  });

  it('make a page with a table per area in use', () => {
    const page = errorPage(TABLE);
    expect(page).toContain('## ENG: engine\n\n| code | meaning |\n| --- | --- |\n| `ENG_LATE` | too late |\n');
    expect(page).not.toContain('## RUN');
  });
});
