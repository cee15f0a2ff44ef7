/**
 * Named points on both sides of each arrow of an order's life, at which a test has a real process killed: the crash that proves what a
 * restart makes of it. Absent in every deployment; see `live/failpoints.ts` for who may arm one.
 */

/** In the order in which an order passes them. */
export const FAILPOINTS = [
  'trader.intent-wanted',
  'trader.intent-journaled',
  'trader.command-published',
  'trader.news-received',
  'trader.news-taken',
  'trader.end-journaled',
  'engine.command-received',
  'engine.intent-wanted',
  'engine.intent-journaled',
  'engine.intent-published',
  'engine.answer-published',
  'engine.copy-answered',
  'engine.denial-journaled',
  'engine.turn-come',
  'engine.sending-journaled',
  'engine.bytes-written',
  'engine.sending-published',
  'engine.answer-read',
  'engine.outcome-wanted',
  'engine.outcome-journaled',
  'engine.outcome-published',
  'engine.unknown-journaled',
  'engine.question-asked',
  'engine.question-answered',
  'engine.request-journaled',
  'engine.request-sending-journaled',
  'engine.request-written',
  'engine.request-answer-read',
  'engine.request-outcome-journaled',
  'engine.event-received',
  'engine.event-wanted',
  'engine.event-journaled',
  'engine.event-published',
  'engine.fill-published',
  'engine.boot-journaled',
  'engine.stream-opened',
  'engine.snapshot-read',
  'engine.recovery-journaled',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

export interface Failpoints {
  /** Where the process is to die here, it does so in this call. `about`: the order, for whoever looks at the corpse. */
  reach(name: Failpoint, about?: string): void;
  /** The same, once what this turn wrote has been handed to the system. */
  reachAfterTurn(name: Failpoint, about?: string): void;
}

/** `target` with some methods replaced: for wrappers that must stay outside of what they watch. */
export function replacing<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get: (whole, name) => {
      const other = Reflect.get(replaced, name) as unknown;
      if (other !== undefined) return other;
      // Own private fields are only there for the object itself.
      const value = Reflect.get(whole, name, whole) as unknown;
      return typeof value === 'function' ? value.bind(whole) : value;
    },
    set: (whole, name, value) => Reflect.set(whole, name, value, whole),
  });
}
