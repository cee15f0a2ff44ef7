/** Control commands about time: skew of the venue's clock, steps of a stepped one. */
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { ControlCall } from './control-api.ts';

/** Clients must be able to answer pings in between: so much time at most passes in one piece. */
export const LONGEST_PIECE_MS = 60_000;
const LONGEST_DELAY_MS = 60_000;
const LONGEST_STEP_MS = 31 * 86_400_000;

/** `skewMs`. */
export function skewClock({ venue, params }: ControlCall): JsonValue {
  const skewMs = Number(params.required('skewMs'));
  if (!Number.isInteger(skewMs)) refuse(new Refusal(400, 'skewMs must be an integer'));
  venue.clock.skewMs = skewMs;
  return { skewMs };
}

/** Any of `replyMs`, `userMs`, `marketMs`, `jitterMs`: how late answers, user events and market data are from now on. */
export function setDelays({ venue, params }: ControlCall): JsonValue {
  const { delays } = venue;
  for (const name of ['replyMs', 'userMs', 'marketMs', 'jitterMs'] as const) {
    const ms = params.integer(name) ?? delays[name];
    if (ms > LONGEST_DELAY_MS) refuse(new Refusal(400, `${name} must be at most ${LONGEST_DELAY_MS}`));
    delays[name] = ms;
  }
  return { ...delays };
}

/** `ms`: moves a stepped clock. A long way goes in pieces, between which sockets are read and written. */
export function advanceClock({ venue, params, pause }: ControlCall): JsonValue | Promise<JsonValue> {
  const text = params.required('ms');
  const ms = Number(text);
  if (!/^\d+(\.\d{1,3})?$/.test(text) || ms > LONGEST_STEP_MS) refuse(new Refusal(400, `ms must be a number from 0 to ${LONGEST_STEP_MS}`));
  const step = (spanMs: number): void => {
    if (!venue.advance(spanMs)) refuse(new Refusal(400, 'the clock is not stepped: set CLOCK=stepped'));
  };
  const now = (): JsonValue => ({ timeUs: venue.clock.wallUs() });
  step(Math.min(ms, LONGEST_PIECE_MS));
  if (ms <= LONGEST_PIECE_MS) return now();
  return (async () => {
    for (let leftMs = ms - LONGEST_PIECE_MS; leftMs > 0; leftMs -= LONGEST_PIECE_MS) {
      await pause();
      step(Math.min(leftMs, LONGEST_PIECE_MS));
    }
    return now();
  })();
}
