/** What is wrong with a configuration file, told so that a person can mend it without opening the documentation. */

export interface ConfigFault {
  readonly file: string;
  /** Counted from 1; for something missing, the line after which it belongs. */
  readonly line: number;
  readonly section: string;
  /** `''` when the fault is about the section or the line. */
  readonly key: string;
  readonly expected: string;
  /** `[secret]` for secrets. */
  readonly got: string;
  /** The valid name that was probably meant. */
  readonly nearest?: string;
}

export interface ConfigWarning {
  readonly file: string;
  readonly line: number;
  readonly section: string;
  readonly key: string;
  readonly message: string;
}

/** `config/x.ini:12 [ZMQ] TRADER_SUB_ENDPONT: expected a known key, got TRADER_SUB_ENDPONT; did you mean TRADER_SUB_ENDPOINT?` */
export function faultText(fault: ConfigFault): string {
  const nearest = fault.nearest === undefined ? '' : `; did you mean ${fault.nearest}?`;
  return `${place(fault)}: expected ${fault.expected}, got ${fault.got}${nearest}`;
}

export function warningText(warning: ConfigWarning): string {
  return `${place(warning)}: ${warning.message}`;
}

function place(at: { readonly file: string; readonly line: number; readonly section: string; readonly key: string }): string {
  return `${at.file}:${at.line}${at.section === '' ? '' : ` [${at.section}]`}${at.key === '' ? '' : ` ${at.key}`}`;
}

/** The name that `wrong` most likely stands for, or `undefined` when none is close. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(wrong.toUpperCase(), name.toUpperCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return bestDistance <= Math.max(2, Math.floor(wrong.length / 3)) ? best : undefined;
}

/** Levenshtein: inserted, deleted and changed characters. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
