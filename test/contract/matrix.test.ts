/** Holds the matrix against what was promised: no cell is missing, nothing is excused that could be tested, every check can fail. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AREAS } from './checks/check.ts';
import type { Candidate } from './clients/client-under-test.ts';
import { CANDIDATES, CHECKS, cellOf, checksOf } from './matrix.ts';
import { matrixText } from './matrix-text.ts';
import { CHECKLIST_CODES, UNTOLD_CODES } from './refusal-codes.ts';

const here = import.meta.dirname;
const root = join(here, '../..');
const ids = CHECKS.map(({ id }) => id);
const PAGE = join(root, 'docs/exchange-simulator.md');

describe('the matrix of clients and checks', () => {
  it('has every third-party client that is a dependency here, and each has its tests', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
    expect(CANDIDATES.map(({ dependency }) => dependency).sort()).toEqual(Object.keys(devDependencies).sort());
    for (const { name, dependency } of CANDIDATES) expect(name).toContain(devDependencies[dependency]);

    const described = readdirSync(here)
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => /^describeClient\((\w+)\);$/m.exec(readFileSync(join(here, file), 'utf8'))?.[1])
      .filter((name) => name !== undefined);
    expect(described).toHaveLength(CANDIDATES.length);
    expect(new Set(described).size).toBe(CANDIDATES.length);
  });

  it('names each check once', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it.each(CANDIDATES.map((candidate) => [candidate.name, candidate] as const))(
    'excuses and notes only checks that there are: %s',
    (_, one) => {
      const named = [one.excused, one.ownWays, one.notes].flatMap((part) => Object.keys(part));
      expect(named.filter((id) => !ids.includes(id))).toEqual([]);
      for (const reason of Object.values(one.excused)) expect(reason.length).toBeGreaterThan(15);
    },
  );

  it('tests every client in every area but the WS-API, which two do not speak', () => {
    const untested = CANDIDATES.flatMap((candidate) =>
      AREAS.filter((area) => checksOf(area).every((check) => cellOf(candidate, check).type === 'excused')).map(
        (area) => `${candidate.dependency}: ${area}`,
      ),
    );
    expect(untested).toEqual(['node-binance-api: WS-API', 'binance-api-node: WS-API']);
  });

  it('can turn every cell red', () => {
    const firm = CANDIDATES.flatMap((candidate) =>
      CHECKS.flatMap((check) => {
        const cell = cellOf(candidate, check);
        return cell.type === 'tested' && cell.breaks.length === 0 ? [`${candidate.dependency}: ${check.id}`] : [];
      }),
    );
    expect(firm).toEqual([]);
  });

  it('stands in the documentation as it is (CONTRACT_MATRIX=write writes it)', () => {
    const page = readFileSync(PAGE, 'utf8');
    const section = /(?<=<!-- matrix: .* -->\n)[\s\S]*?(?=<!-- end of the matrix -->)/;
    if (process.env.CONTRACT_MATRIX === 'write')
      writeFileSync(
        PAGE,
        page.replace(section, () => matrixText()),
      );
    expect(section.exec(readFileSync(PAGE, 'utf8'))?.[0]).toBe(matrixText());
  });
});

/** Every code in the simulator's sources that is refused to a client: those of the control API are HTTP statuses. */
function codesOfVenue(): number[] {
  const source = join(root, 'packages/exchange-simulator/src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const texts = files.map((file) => readFileSync(join(source, file), 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/(?<![\w.])-([1-5]\d{3})\b/g)].map(([, digits]) => -Number(digits)));
  return [...new Set(found)].sort((a, b) => b - a);
}

describe('the codes of refusals', () => {
  /** Whether a tested cell of it asserts the code. */
  function hears(candidate: Candidate, code: number): boolean {
    if (candidate.unheardCodes[String(code)] !== undefined) return false;
    return CHECKS.some((check) => check.codes?.includes(code) === true && cellOf(candidate, check).type === 'tested');
  }

  function unasserted(codes: readonly number[]): string[] {
    return CANDIDATES.flatMap((candidate) =>
      codes
        .filter((code) => !hears(candidate, code) && candidate.unheardCodes[String(code)] === undefined)
        .map((code) => `${candidate.dependency}: ${code}`),
    );
  }

  it('that the checklist names are asserted by every client', () => {
    expect(unasserted(CHECKLIST_CODES)).toEqual([]);
  });

  it('that the venue can say are asserted by every client, or the reason is known', () => {
    const venue = codesOfVenue();
    expect(venue.length).toBeGreaterThan(90);
    const known = (code: number) => UNTOLD_CODES[String(code)] !== undefined;
    expect(unasserted(venue.filter((code) => !known(code)))).toEqual([]);
    const asserted = (code: number) => CHECKS.some(({ codes = [] }) => codes.includes(code));
    expect(venue.filter((code) => known(code) && asserted(code))).toEqual([]);
    expect(Object.keys(UNTOLD_CODES).filter((code) => !venue.includes(Number(code)))).toEqual([]);
  });
});
