/** From a REST result and a parser to the answers the venue interface speaks: outcomes for commands, answers for questions. */
import { type Answer, confirmed, type Outcome } from '@fillwright/venue';
import type { Parsed } from '../common/parsed.ts';
import { type CommandKind, outcomeOf } from './outcome-table.ts';
import type { RestResult } from './rest-client.ts';
import { failureReason, type VenueFailure } from './venue-failure.ts';

/** An answer that cannot be read leaves the fate of a command unknown. */
export function commandOutcome<T>(kind: CommandKind, result: RestResult, read: (raw: unknown) => Parsed<T>): Outcome<T> {
  if (result.type === 'failure') return outcomeOf(kind, result.failure);
  const value = read(result.value);
  return value.type === 'parsed' ? confirmed(value.value) : outcomeOf(kind, { kind: 'unreadable', text: value.problem });
}

export function queryAnswer<T>(result: RestResult, read: (raw: unknown) => Parsed<T>): Answer<T> {
  if (result.type === 'failure') return failedBy(result.failure);
  const value = read(result.value);
  return value.type === 'parsed' ? { type: 'answered', value: value.value } : failedBy({ kind: 'unreadable', text: value.problem });
}

export function failedBy(failure: VenueFailure): { readonly type: 'failed'; readonly reason: ReturnType<typeof failureReason> } {
  return { type: 'failed', reason: failureReason(failure) };
}
