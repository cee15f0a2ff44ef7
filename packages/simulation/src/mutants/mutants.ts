/** One-line wrongs that production code commits when its ports ask for it. A check that lets one pass is a check that is missing. */
import type { Ports } from '@fillwright/runtime';
import type { FaultKindName } from '../faults/kinds.ts';

interface Mutant {
  readonly doc: string;
  /** Faults under which it shows soonest; absent = all. */
  readonly faults?: readonly FaultKindName[];
  /** Virtual seconds of trading under which it shows soonest; absent = 20. */
  readonly seconds?: number;
}

export const MUTANTS = {
  'resend-after-unknown': { doc: 'an order of unknown outcome is sent again' },
  'fill-booked-twice': { doc: 'trades are not told apart by their id' },
  'pending-cancel-is-canceled': { doc: 'a cancel of unknown outcome counts as done' },
  'snapshot-before-stream': {
    doc: 'the account is read before the new stream is open',
    faults: ['socket-cut', 'socket-close', 'listen-key-expired', 'slow-reply', 'hand-trade'],
  },
  'failed-query-is-flat': {
    doc: 'a failed question for positions counts as no position',
    faults: ['query-fails'],
    seconds: 80,
  },
  'deadline-before-known-id': {
    doc: 'the deadline of a command is looked at before its id',
    faults: ['bus-loss', 'bus-duplicate', 'link-delay', 'clock-step', 'loop-stall'],
  },
  'trade-key-without-side': { doc: 'both halves of a trade with oneself count as one' },
  'unknown-not-counted': {
    doc: 'orders of unknown outcome do not count as filled against limits',
    faults: ['reply-timeout', 'reply-5xx', 'reply-lost', 'hand-trade'],
  },
  'journal-after-send': { doc: 'an order is written to the venue before `sending` is journaled' },
  'not-found-believed-at-once': {
    doc: 'the first “not found” ends an order, however young',
    faults: ['late-execution'],
  },
  'unknown-is-refused': { doc: 'an unknown outcome counts as a refusal' },
  'repaired-before-trades': {
    doc: 'a difference of positions is repaired before the trades that explain it were read',
    faults: ['silent-stream', 'hand-trade'],
    seconds: 80,
  },
  'late-fill-dropped': { doc: 'a fill of an order that has ended is dropped', faults: ['late-fill'] },
  'external-booked-to-trader': { doc: 'an order made by hand counts as an order of a trader', faults: ['hand-order'] },
  'epoch-not-fenced': {
    doc: 'commands for a former engine, or past their deadline, are taken on',
    faults: ['crash-engine', 'link-delay', 'rude-trader'],
  },
  'command-run-twice': { doc: 'a second copy of a command is a second command', faults: ['rude-trader'] },
  'owner-not-checked': { doc: 'a trader may cancel what another made', faults: ['rude-trader'] },
  'stop-cancels-everything': { doc: 'a stop cancels orders made by hand as well', faults: ['hand-order'] },
  'sent-orders-denied-at-restart': {
    doc: 'a restart takes orders without an outcome for never sent',
    faults: ['crash-engine', 'crash-engine-at-call', 'slow-reply'],
  },
  'commands-run-again': { doc: 'orders of unknown outcome are carried out again after a restart or gap' },
  'torn-tail-misread': { doc: 'a torn end of the journal takes the last whole record with it', faults: ['torn-write'] },
  'ledger-resumes-too-far': { doc: 'the position-server resumes one event too far' },
  'cumulative-quantity-booked': { doc: 'a filled quantity is booked as a trade, and the trade itself as well' },
} as const satisfies Readonly<Record<string, Mutant>>;

export type MutantName = keyof typeof MUTANTS;

export function isMutant(text: string): text is MutantName {
  return Object.hasOwn(MUTANTS, text);
}

export function wrongOf(name: MutantName): Mutant {
  return MUTANTS[name];
}

/** For `wrongs` of a scenario. */
export function mutatedPorts(mutant: MutantName): (process: string, ports: Ports) => Ports {
  const mutations: ReadonlySet<string> = new Set([mutant]);
  return (_process, ports) => ({ ...ports, mutations });
}
