/**
 * Carries commands over a bus that may lose them: the same message with the same id again at 100 ms × 2ⁿ until any answer or the
 * deadline, then a question about its order until that is answered. It never makes a second command.
 */
import type { Message, MessageInput } from '@fillwright/messages';
import type { Clock, Timer } from '../ports/clock.ts';
import type { FeedPublisher } from './feed-publisher.ts';

const FIRST_MS = 100;
const QUERY_FIRST_MS = 250;
const QUERY_MAX_MS = 10_000;
/** Commands without an answer at once; more are refused. */
const BOUND = 10_000;

type CommandType = Extract<Message['type'], 'command.place' | 'command.cancel' | 'command.modify' | 'command.cancel-all'>;

export interface Command<T extends CommandType = CommandType> {
  readonly type: T;
  readonly id: string;
  readonly data: MessageInput<T>;
  /** The order to ask about when no answer comes; absent for cancel-all. */
  readonly clientOrderId?: string;
  readonly deadlineTs: number;
}

interface Pending {
  readonly command: Command;
  attempt: number;
  queries: number;
  timer: Timer | undefined;
}

export class CommandSender {
  readonly #clock: Clock;
  readonly #publisher: FeedPublisher;
  readonly #topic: string;
  readonly #pending = new Map<string, Pending>();
  /** Query message ids and the command each is about. */
  readonly #queries = new Map<string, string>();

  constructor(ports: { readonly clock: Clock }, publisher: FeedPublisher, topic: string) {
    this.#clock = ports.clock;
    this.#publisher = publisher;
    this.#topic = topic;
  }

  /** Commands without an answer. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** False when too many are unanswered: nothing was sent. */
  send(command: Command): boolean {
    if (this.#pending.size >= BOUND) return false;
    const pending: Pending = { command, attempt: 0, queries: 0, timer: undefined };
    this.#pending.set(command.id, pending);
    this.#publish(pending);
    return true;
  }

  /** Asks what became of an order of an earlier run, until answered. */
  ask(id: string, clientOrderId: string): void {
    if (this.#pending.has(id)) return;
    const command: Command = { type: 'command.cancel-all', id, data: {} as never, clientOrderId, deadlineTs: this.#clock.wallUs() };
    const pending: Pending = { command, attempt: 0, queries: 0, timer: undefined };
    this.#pending.set(id, pending);
    this.#query(pending);
  }

  /** Any answer or event that names the message ends the resending. Returns the id of the command it was about. */
  answered(messageId: string): string | undefined {
    const id = this.#queries.get(messageId) ?? messageId;
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    pending.timer?.cancel();
    this.#pending.delete(id);
    for (const [query, about] of this.#queries) if (about === id) this.#queries.delete(query);
    return id;
  }

  stop(): void {
    for (const pending of this.#pending.values()) pending.timer?.cancel();
    this.#pending.clear();
    this.#queries.clear();
  }

  #publish(pending: Pending): void {
    const { command } = pending;
    if (this.#clock.wallUs() > command.deadlineTs && pending.attempt > 0) {
      if (command.clientOrderId === undefined) this.#pending.delete(command.id);
      else this.#query(pending);
      return;
    }
    this.#publisher.publish(this.#topic, command.type, command.data, { id: command.id });
    const delayMs = FIRST_MS * 2 ** Math.min(pending.attempt, 10);
    pending.attempt += 1;
    pending.timer = this.#clock.after(delayMs, () => this.#publish(pending));
  }

  #query(pending: Pending): void {
    const { id, clientOrderId } = pending.command;
    if (clientOrderId === undefined) return;
    const messageId = this.#publisher.publish(this.#topic, 'command.query', { clientOrderId: clientOrderId as never });
    this.#queries.set(messageId, id);
    const delayMs = Math.min(QUERY_MAX_MS, QUERY_FIRST_MS * 2 ** Math.min(pending.queries, 10));
    pending.queries += 1;
    pending.timer = this.#clock.after(delayMs, () => this.#query(pending));
  }
}
