import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE_PATH, checkFailureCatalogue } from '../../scripts/house/failure-catalogue.ts';
import { findingText } from '../../scripts/house/finding.ts';
import { loadWorkspace } from '../../scripts/house/workspace.ts';
import { houseWith } from './snippets.ts';

const TESTS = {
  'packages/venue/test/a/b.test.ts': "describe('a thing', () => { it('does not lose \\'it\\'', () => {}); });\n",
  'test/process/kill.test.ts': 'it("comes back", () => {});\n',
};
const HEAD = '| what goes wrong | what we do | shown by |\n| --- | --- | --- |\n';

function faultsOf(row: string): string[] {
  return checkFailureCatalogue(houseWith({ ...TESTS, [CATALOGUE_PATH]: `${HEAD}${row}\n` })).map(findingText);
}

describe('a row of the catalogue of failures', () => {
  it.each([
    '| x | y | `venue/a/b` › a thing |',
    "| x | y | `venue/a/b` › a thing › does not lose 'it' |",
    '| x | y | `venue/a/b` › a thing<br>`process/kill` › comes back |',
    '| x | y | does not apply: we hold no such thing |',
  ])('is accepted: %s', (row) => {
    expect(faultsOf(row)).toEqual([]);
  });

  it.each([
    ['| x | y | `venue/a/c` › a thing |', 'no test file venue/a/c'],
    ['| x | y | `venue/a/b` › a thin |', 'has no "a thin"'],
    ['| x | y | `venue/a/b` › a thing › does lose it |', 'has no "does lose it"'],
    ['| x | y | `process/kill` › comes back<br>`process/kill` › goes away |', 'has no "goes away"'],
    ['| x | y | to be written |', 'is neither'],
    ['| x | y | does not apply: no |', 'is neither'],
    ['| x | y |', 'a row says what goes wrong'],
    ['| x |  | `venue/a/b` › a thing |', 'a row says what goes wrong'],
  ])('is refused: %s', (row, reason) => {
    expect(faultsOf(row)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('the catalogue of failures', () => {
  it('is there, and every test it names exists', () => {
    expect(checkFailureCatalogue(houseWith({}))).toHaveLength(1);
    expect(checkFailureCatalogue(loadWorkspace(join(import.meta.dirname, '../..'))).map(findingText)).toEqual([]);
  });
});
