/** What a house rule reports: one line a reader can click on, saying what is wrong and what to do. */

export interface Finding {
  readonly path: string;
  /** 1-based; 0 when the finding is about the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export function findingText(finding: Finding): string {
  return finding.line === 0 ? `${finding.path}: ${finding.message}` : `${finding.path}:${finding.line}: ${finding.message}`;
}

/** A stable order, so that two runs print the same text. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => compareText(a.path, b.path) || a.line - b.line || compareText(a.message, b.message));
}

/** By code unit, the same on every machine whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
