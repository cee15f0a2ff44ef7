/** The result of reading something a venue wrote: a value, or what was wrong with it. Readers never throw. */
export type Parsed<T> = { readonly type: 'parsed'; readonly value: T } | Malformed;

export interface Malformed {
  readonly type: 'malformed';
  /** For logs and reasons: what was expected and what was there. */
  readonly problem: string;
}

export function parsed<T>(value: T): Parsed<T> {
  return { type: 'parsed', value };
}

export function malformed(problem: string): Malformed {
  return { type: 'malformed', problem };
}

/** All items or none: a list with an unreadable row is not a complete answer. */
export function parseEach<T>(raw: unknown, what: string, read: (item: unknown) => Parsed<T>): Parsed<readonly T[]> {
  if (!Array.isArray(raw)) return malformed(`${what}: expected a list, got ${describe(raw)}`);
  const values: T[] = [];
  for (const item of raw) {
    const result = read(item);
    if (result.type === 'malformed') return malformed(`${what}[${values.length}]: ${result.problem}`);
    values.push(result.value);
  }
  return parsed(values);
}

/** Short text of any value, for messages. */
export function describe(raw: unknown): string {
  if (raw === undefined) return 'nothing';
  return (JSON.stringify(raw) ?? typeof raw).slice(0, 120);
}
