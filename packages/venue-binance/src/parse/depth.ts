/** Book levels and update ids, from the stream and from REST. */
import type { Level } from '../common/book-side.ts';
import { priceKey } from '../common/book-side.ts';
import type { Fields } from '../common/fields.ts';
import type { DepthDiff } from '../common/local-book.ts';
import { describe, type Parsed } from '../common/parsed.ts';

const QTY = /^\d{1,30}(\.\d{1,20})?$/;
const NO_LEVELS: readonly Level[] = [];

export function parseDepthDiff(fields: Fields): Parsed<DepthDiff> {
  return fields.result({
    firstId: readUpdateId(fields, 'U'),
    lastId: readUpdateId(fields, 'u'),
    previousLastId: readUpdateId(fields, 'pu'),
    bids: readLevels(fields, 'b'),
    asks: readLevels(fields, 'a'),
    venueTs: fields.has('T') ? fields.time('T') : fields.time('E'),
  });
}

/** Update ids are integers far below 2^53; one of 16 digits arrives as text. */
export function readUpdateId(fields: Fields, name: string): number {
  const value = Number(fields.id(name));
  if (!Number.isSafeInteger(value)) fields.reject(`${name} is too large to count with`);
  return value;
}

export function readLevels(fields: Fields, name: string): readonly Level[] {
  const rows = fields.raw(name);
  if (!Array.isArray(rows)) {
    fields.reject(`${name} must be a list of levels, got ${describe(rows)}`);
    return NO_LEVELS;
  }
  const levels: Level[] = [];
  for (const row of rows) {
    const level = readLevel(row);
    if (level === undefined) {
      fields.reject(`${name} holds a level that cannot be read: ${describe(row)}`);
      return NO_LEVELS;
    }
    levels.push(level);
  }
  return levels;
}

function readLevel(row: unknown): Level | undefined {
  if (!Array.isArray(row)) return undefined;
  const [price, qty] = row as readonly unknown[];
  if (typeof price !== 'string' || typeof qty !== 'string' || !QTY.test(qty)) return undefined;
  const key = priceKey(price);
  return key === undefined ? undefined : { key, price, qty };
}
