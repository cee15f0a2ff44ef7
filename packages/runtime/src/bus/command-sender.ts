/**
 * The sender's side of a command: the same message with the same id at 100 ms × 2ⁿ until any answer or its deadline, then the question what
 * became of it until that is answered. It never decides an outcome: only an answer does. Who receives a command answers each copy.
 */
import type { CommandAnswer, MessageInput } from '@fillwright/messages';
import type { Clock, Timer } from '../ports/clock.ts';
import type { FeedPublisher } from './feed-publisher.ts';

export type CommandType = 'command.place' | 'command.cancel' | 'command.modify' | 'command.cancel-all';

export interface CommandSenderOptions {
  readonly clock: Clock;
  readonly publisher: FeedPublisher;
  /** The command topic of this trader. */
  readonly topic: string;
  readonly nextId: () => string;
  /** Commands without an answer at one time; beyond it `send` refuses. Default 1000. */
  readonly maxOpen?: number;
}

export interface CommandEvents {
  /** Once. To the command itself, or to the query about it. */
  onAnswer(answer: CommandAnswer): void;
  /** Its deadline passed without an answer: the outcome is unknown, and is being asked for. */
  onOverdue?(): void;
}

export interface CommandRequest<T extends CommandType> {
  readonly type: T;
  readonly data: MessageInput<T>;
  /** Envelope id: for `command.place` the client order id. */
  readonly id: string;
  /** The order to ask about after the deadline; `undefined` for cancel-all, which is then only reported overdue. */
  readonly clientOrderId: MessageInput<'command.query'>['clientOrderId'] | undefined;
}

export type SendResult = { readonly ok: true } | { readonly ok: false; readonly code: 'BUS_COMMAND_OPEN' | 'BUS_TOO_MANY_COMMANDS' };

interface OpenCommand {
  readonly events: CommandEvents;
  timer: Timer | undefined;
  /** Set once the deadline has passed: what answers carry instead of the id of the command. */
  queryId: string | undefined;
}

const FIRST_RESEND_MS = 100;
const FIRST_QUERY_MS = 1000;
const MAX_QUERY_MS = 10_000;

export class CommandSender {
  readonly #options: CommandSenderOptions;
  readonly #open = new Map<string, OpenCommand>();
  /** Query id → command id. */
  readonly #queries = new Map<string, string>();
  #resent = 0;
  #closed = false;

  constructor(options: CommandSenderOptions) {
    this.#options = options;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Copies sent beyond the first of each command, queries included. */
  get resent(): number {
    return this.#resent;
  }

  /** Publishes now and again until answered. The deadline is in `data`. */
  send<T extends CommandType>(request: CommandRequest<T>, events: CommandEvents): SendResult {
    const refused = this.#admit(request.id);
    if (refused !== undefined) return refused;
    const command: OpenCommand = { events, timer: undefined, queryId: undefined };
    this.#open.set(request.id, command);
    const ts = this.#options.clock.wallUs();
    const deadlineMs = (request.data.deadlineTs - ts) / 1000;
    const attempt = (elapsedMs: number, waitMs: number): void => {
      this.#options.publisher.publish(this.#options.topic, request.type, request.data, { id: request.id, ts });
      const pauseMs = Math.min(waitMs, Math.max(0, deadlineMs - elapsedMs));
      const isLast = elapsedMs + pauseMs >= deadlineMs;
      command.timer = this.#options.clock.after(pauseMs, () => {
        if (isLast) {
          this.#overdue(request.id, command, request.clientOrderId);
          return;
        }
        this.#resent += 1;
        attempt(elapsedMs + pauseMs, waitMs * 2);
      });
    };
    attempt(0, FIRST_RESEND_MS);
    return { ok: true };
  }

  /** Asks what became of a command of an earlier life: after a restart, for everything journaled without an answer. */
  ask(id: string, clientOrderId: MessageInput<'command.query'>['clientOrderId'], events: CommandEvents): SendResult {
    const refused = this.#admit(id);
    if (refused !== undefined) return refused;
    const command: OpenCommand = { events, timer: undefined, queryId: undefined };
    this.#open.set(id, command);
    this.#query(id, command, clientOrderId);
    return { ok: true };
  }

  /** Hand every `command.answer` of the engine here. True when it settled an open command of ours. */
  takeAnswer(answer: CommandAnswer): boolean {
    const id = this.#queries.get(answer.commandId) ?? answer.commandId;
    const command = this.#settle(id);
    command?.events.onAnswer(answer);
    return command !== undefined;
  }

  /** The outcome became known by other means, e.g. an order event: stop asking. */
  settle(id: string): boolean {
    return this.#settle(id) !== undefined;
  }

  close(): void {
    this.#closed = true;
    for (const id of [...this.#open.keys()]) this.#settle(id);
  }

  #admit(id: string): SendResult | undefined {
    if (this.#open.has(id)) return { ok: false, code: 'BUS_COMMAND_OPEN' };
    if (this.#closed || this.#open.size >= (this.#options.maxOpen ?? 1000)) return { ok: false, code: 'BUS_TOO_MANY_COMMANDS' };
    return undefined;
  }

  #overdue(id: string, command: OpenCommand, clientOrderId: CommandRequest<CommandType>['clientOrderId']): void {
    if (clientOrderId === undefined) this.#settle(id);
    else this.#query(id, command, clientOrderId);
    command.events.onOverdue?.();
  }

  #query(id: string, command: OpenCommand, clientOrderId: MessageInput<'command.query'>['clientOrderId']): void {
    const queryId = this.#options.nextId();
    const ts = this.#options.clock.wallUs();
    command.queryId = queryId;
    this.#queries.set(queryId, id);
    const attempt = (waitMs: number): void => {
      this.#options.publisher.publish(this.#options.topic, 'command.query', { clientOrderId }, { id: queryId, ts });
      command.timer = this.#options.clock.after(waitMs, () => {
        this.#resent += 1;
        attempt(Math.min(waitMs * 2, MAX_QUERY_MS));
      });
    };
    attempt(FIRST_QUERY_MS);
  }

  #settle(id: string): OpenCommand | undefined {
    const command = this.#open.get(id);
    if (command === undefined) return undefined;
    command.timer?.cancel();
    if (command.queryId !== undefined) this.#queries.delete(command.queryId);
    this.#open.delete(id);
    return command;
  }
}
