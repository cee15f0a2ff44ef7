/** `POST countdownCancelAll`: the venue repeats what it took on. */
import { Fields } from '../common/fields.ts';
import type { Parsed } from '../common/parsed.ts';

/** Malformed also when the venue took on something else. */
export function parseCountdown(raw: unknown, symbol: string, countdownMs: number): Parsed<undefined> {
  const fields = new Fields(raw, 'countdown');
  if (fields.text('symbol') !== symbol) fields.reject(`symbol is not ${symbol}`);
  if (fields.text('countdownTime') !== String(countdownMs)) fields.reject(`countdownTime is not ${countdownMs}`);
  return fields.result(undefined);
}
