/** The results of cards for people (Markdown), and as the one line for programs. */
import type { CardResult } from '@fillwright/venue/cards';

export interface CardCounts {
  readonly played: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countsOf(results: readonly CardResult[]): CardCounts {
  const count = (kind: CardResult['result']) => results.filter(({ result }) => result === kind).length;
  return { played: count('passed') + count('failed'), passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export function tableOf(results: readonly CardResult[]): string {
  const rows: string[][] = [];
  for (const result of results) {
    const reason = 'reason' in result ? `: ${result.reason.replaceAll('|', '\\|').replaceAll('\n', ' ')}` : '';
    const took = 'elapsedMs' in result ? `${(result.elapsedMs / 1_000).toFixed(1)} s` : '';
    rows.push([result.id, result.title, `${result.result}${reason}`, took]);
  }
  return ['| card | title | result | took |', '| --- | --- | --- | ---: |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}
