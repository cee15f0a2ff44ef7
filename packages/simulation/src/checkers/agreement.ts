/** Whether venue, engine and position-server agree about an account, to the last unit. The venue's own books are the witness. */
import type { AccountBooks } from './account-books.ts';

export interface Parties {
  readonly venue: AccountBooks;
  readonly engine: AccountBooks;
  readonly positions: AccountBooks;
}

/** One sentence for each point on which they do not agree, in a fixed order. */
export function differences({ venue, engine, positions }: Parties): readonly string[] {
  return [
    ...tableDifferences('open order', { venue: venue.orders, engine: engine.orders }),
    ...tableDifferences('position', { venue: venue.positions, engine: engine.positions, 'position-server': positions.positions }),
    ...tableDifferences('balance', { venue: venue.balances, engine: engine.balances, 'position-server': positions.balances }),
  ];
}

type Column = ReadonlyMap<string, string> | undefined;

function tableDifferences(about: string, columns: Readonly<Record<string, Column>>): readonly string[] {
  const keys = [...new Set(Object.values(columns).flatMap((column) => [...(column?.keys() ?? [])]))].sort();
  return keys.flatMap((key) => {
    const said = Object.entries(columns).map(([party, column]) => [party, column?.get(key) ?? 'none'] as const);
    if (said.every(([, value]) => value === said[0]?.[1])) return [];
    return [`${about} ${key}: ${said.map(([party, value]) => `${party} ${value}`).join('; ')}`];
  });
}
