/** How the engine stands, in the words of health and of `engine.state`, from facts its parts give. Pure. */
import type { Reason } from '@fillwright/domain';
import type { ProcessState, TradingMode } from '@fillwright/messages';

/** Longest text of a reason on the wire. */
const TEXT = 200;

export interface Facts {
  readonly phase: 'starting' | 'running' | 'stopping' | 'broken';
  readonly broken: unknown;
  /** The venue answered with its time, instruments and account mode. */
  readonly prepared: boolean;
  /** Why it did not, the last time it was asked. */
  readonly unprepared?: Reason | undefined;
  readonly recovery: { readonly up: boolean; readonly failures: number; readonly alarmAfter: number };
  readonly positionsInDoubt: boolean;
  readonly ledger: Reason | undefined;
  /** Why the circuit breaker is open. */
  readonly breaker?: Reason | undefined;
  readonly mode: TradingMode;
  readonly modeReason: string;
}

/** Why it is not ready; empty when it is. */
export function reasonsOf(facts: Facts): readonly string[] {
  const { recovery, ledger, mode } = facts;
  if (facts.phase === 'broken') return [`broken: ${String(facts.broken)}`.slice(0, TEXT)];
  if (!facts.prepared) return [unpreparedText(facts.unprepared)];
  const reasons: string[] = [];
  if (!recovery.up) reasons.push(`private stream not in sync (${recovery.failures} failed attempts)`);
  else if (facts.positionsInDoubt) reasons.push('positions differ from the venue, or were not compared yet');
  if (facts.breaker) reasons.push(facts.breaker.text.slice(0, TEXT));
  if (ledger) reasons.push(ledger.text.slice(0, TEXT));
  if (mode !== 'normal') reasons.push(`mode ${mode}: ${facts.modeReason}`.slice(0, TEXT));
  return reasons;
}

/** A wrong key shows here first: the venue's own word, since without it there is nothing to go by. */
function unpreparedText(why: Reason | undefined): string {
  return why === undefined ? 'the venue has not answered yet' : `the venue has not let us in yet: ${why.code}: ${why.text}`.slice(0, TEXT);
}

/** What traders may do: the operator's word, or the breaker's where that forbids more. */
export function modeOf({ mode, breaker }: Pick<Facts, 'mode' | 'breaker'>): TradingMode {
  return breaker && mode !== 'halted' ? 'paused' : mode;
}

export function stateOf(facts: Facts): ProcessState {
  const { phase, recovery } = facts;
  if (phase === 'stopping') return 'stopping';
  if (phase === 'broken' || facts.mode === 'halted') return 'halted';
  if (phase === 'starting' || !facts.prepared) return 'starting';
  if (!recovery.up) return recovery.failures >= recovery.alarmAfter ? 'degraded' : 'syncing';
  return reasonsOf(facts).length === 0 ? 'ready' : 'degraded';
}
