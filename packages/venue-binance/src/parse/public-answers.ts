/** Answers of the public endpoints that are not instruments: server time and book snapshots. */
import { Fields } from '../common/fields.ts';
import type { DepthSnapshot } from '../common/local-book.ts';
import type { Parsed } from '../common/parsed.ts';
import { readLevels, readUpdateId } from './depth.ts';

/** Milliseconds of the venue. */
export function parseServerTime(raw: unknown): Parsed<number> {
  const fields = new Fields(raw, 'server time');
  const serverMs = fields.integer('serverTime');
  if (serverMs <= 0) fields.reject('serverTime must be positive');
  return fields.result(serverMs);
}

export function parseDepthSnapshot(raw: unknown): Parsed<DepthSnapshot> {
  const fields = new Fields(raw, 'depth');
  return fields.result({
    lastUpdateId: readUpdateId(fields, 'lastUpdateId'),
    bids: readLevels(fields, 'bids'),
    asks: readLevels(fields, 'asks'),
    venueTs: fields.has('T') ? fields.time('T') : fields.time('E'),
  });
}
