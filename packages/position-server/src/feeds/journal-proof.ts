/** Whether the engine's journal is the one that the ledger was made from, and not shorter: asked before any event of it is booked. */
import { checkMessage, type Message, type MessageOf } from '@fillwright/messages';
import { answerOf, type ServiceClient, type ServiceResult } from '@fillwright/runtime';
import type { JournalPlace } from '../ledger/ledger-tables.ts';

/** An engine that is there answers in milliseconds; one that is not there is asked again. */
const TIMEOUT_MS = 1_000;

export type JournalVerdict =
  /** `epoch`: of the engine that answered. `isCertain` false: the journal no longer holds our newest event. */
  | { readonly type: 'same'; readonly epoch: number; readonly isCertain: boolean }
  | { readonly type: 'behind' | 'other'; readonly text: string }
  /** Nothing is known: ask again. */
  | { readonly type: 'unanswered'; readonly text: string };

/** Never rejects. */
export async function proveJournal(service: ServiceClient, topic: string, applied: JournalPlace, nonce: string): Promise<JournalVerdict> {
  const { pos } = applied;
  const hello = await service.request('service.hello', { topic, nonce }, { timeoutMs: TIMEOUT_MS });
  const known = answerOf(hello, 'service.hello-ok')?.data;
  if (!known) return { type: 'unanswered', text: resultText(hello, service.endpoint) };
  const { epoch, lastPos } = known;
  if (lastPos !== undefined && lastPos < pos) return { type: 'behind', text: `it ends at ${lastPos}, the ledger contains ${pos}` };
  if (pos === 0) return { type: 'same', epoch, isCertain: true };
  const asked = await service.request('service.replay-request', { topic, fromPos: pos, limit: 1 }, { timeoutMs: TIMEOUT_MS });
  const replay = answerOf(asked, 'service.replay');
  if (!replay) return { type: 'unanswered', text: resultText(asked, service.endpoint) };
  if (replay.epoch !== epoch) return { type: 'unanswered', text: 'the engine restarted between two answers' };
  return judged(replay, applied, epoch);
}

function judged({ data }: MessageOf<'service.replay'>, { pos, event }: JournalPlace, epoch: number): JournalVerdict {
  if (data.tooOld) return { type: 'same', epoch, isCertain: false };
  const [first] = data.messages;
  if (first === undefined && data.complete && data.next <= pos) {
    return { type: 'behind', text: `it ends before ${data.next}, the ledger contains ${pos}` };
  }
  const checked = first === undefined ? undefined : checkMessage(first);
  if (checked && !checked.ok) return { type: 'unanswered', text: `position ${pos} cannot be read: ${checked.detail}` };
  const found = checked?.message;
  if (found?.pos !== pos)
    return { type: 'other', text: `at position ${pos} the ledger booked '${event}', the journal has no such event there` };
  const present = eventText(found);
  if (event === '' || present === event) return { type: 'same', epoch, isCertain: event !== '' };
  return { type: 'other', text: `at position ${pos} the ledger booked '${event}', the journal says '${present}'` };
}

/** What an event of the account is, in a few words that no later release will tell differently. */
export function eventText(message: Message): string {
  switch (message.type) {
    case 'account.fill': {
      const { instrument, tradeId, side, qty, price } = message.data.fill;
      return `trade ${instrument} ${tradeId} ${side} ${qty} @ ${price}`;
    }
    case 'account.balance': {
      const { asset, wallet, cause, venueTs } = message.data;
      return `balance ${asset} ${wallet} ${cause} ${venueTs}`;
    }
    case 'account.venue-position': {
      const { instrument, qty, venueTs } = message.data;
      return `venue position ${instrument} ${qty} ${venueTs}`;
    }
    default:
      return message.type;
  }
}

function resultText(result: ServiceResult, endpoint: string): string {
  if (result.ok) return `${endpoint} answered ${result.message.type}`;
  if (result.reason === 'error') return `${endpoint} refused: ${result.code}: ${result.text}`;
  return result.reason === 'timeout'
    ? `${endpoint} does not answer; is the engine running?`
    : `the question was not asked: ${result.reason}`;
}
