/** The matrix as a section of the documentation. */
import { AREAS, type Check } from './checks/check.ts';
import type { Candidate } from './clients/client-under-test.ts';
import { CANDIDATES, CHECKS, cellOf, checksOf } from './matrix.ts';

const MINUS = '−';

/** A mark for each cell, and numbered remarks in the order of their first use. */
export function matrixText(): string {
  const remarks: string[] = [];
  const mark = (candidate: Candidate, check: Check): string => {
    const cell = cellOf(candidate, check);
    const remark = cell.type === 'excused' ? cell.reason : cell.note;
    if (remark === undefined) return '✓';
    if (!remarks.includes(remark)) remarks.push(remark);
    return `${cell.type === 'excused' ? '–' : '✓'} ${remarks.indexOf(remark) + 1}`;
  };
  const head = ['', ...CANDIDATES.map(({ dependency }) => dependency.replace('@binance/derivatives-trading-usds-futures', 'official'))];
  const rows = AREAS.filter((area) => area !== 'refusals').flatMap((area) =>
    checksOf(area).map((check) => [`${area}: ${check.name}`, ...CANDIDATES.map((candidate) => mark(candidate, check))]),
  );
  const refusals = checksOf('refusals');
  rows.push([`refusals: ${refusals.length} cases with exact code and text`, ...CANDIDATES.map(() => '✓')]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  const notes = remarks.map((remark, index) => `${index + 1}. ${remark}`);
  return `\n${table.join('\n')}\n\n${notes.join('\n')}\n\n${codesText()}\n\n`;
}

function codesText(): string {
  const codes = [...new Set(CHECKS.flatMap((check) => check.codes ?? []))].sort((a, b) => b - a).map((code) => `${MINUS}${-code}`);
  const but = CANDIDATES.flatMap(({ dependency, unheardCodes }) => {
    const unheard = Object.keys(unheardCodes).map((code) => code.replace('-', MINUS));
    const reasons = [...new Set(Object.values(unheardCodes))].join('; ');
    return unheard.length === 0 ? [] : [`${dependency} does not tell ${unheard.join(', ')}: ${reasons}.`];
  });
  return [`Codes that each client is made to tell, with their texts: ${codes.join(', ')}.`, ...but]
    .join(' ')
    .replace(/(.{100,140}?) /g, '$1\n');
}
