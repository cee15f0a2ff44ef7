/** The one writer of the account: journal first, then the publications, then the fold, all in one turn. */
import {
  applyOrderEvent,
  type ClientOrderId,
  type Fill,
  initialOrder,
  type Order,
  type OrderEvent,
  type UsTime,
  usTime,
} from '@fillwright/domain';
import { fillView, type OrderEventMessage, orderView, type TradingMode } from '@fillwright/messages';
import type { Clock, Log } from '@fillwright/runtime';
import type { AccountBook } from './account-book.ts';
import { type JournalRecord, type Publication, publicationsOf } from './record.ts';
import { type EncodedRecord, encodeOrderRecord, encodeRecord } from './record-codec.ts';

/** As much of the journal as the writer needs. */
export interface Appender {
  append(payload: Uint8Array): number;
  /**
   * Runs `effect` once everything appended so far is as safe as JOURNAL_SYNC promises: in this call if it is already, else in a later turn,
   * and never if it can not be made so. Absent: it always is.
   */
  whenSafe?(effect: () => void): void;
}

/** Records that are published as they are. */
const NOT_PACKED: EncodedRecord['data'] = {};

/** `packed` stands for the data of the publication: the same, encoded already where it could be. */
export type Publish = (publication: Publication, pos: number, cause: string | undefined, packed?: unknown) => void;

type WithoutStamp<E> = E extends OrderEvent ? Omit<E, 'ts' | 'clientOrderId'> : never;
/** An event without what the log adds itself. */
export type OrderEventBody = WithoutStamp<OrderEvent>;

export class AccountLog {
  readonly #journal: Appender;
  readonly #book: AccountBook;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #publish: Publish;
  readonly #applied: (record: JournalRecord, pos: number) => void;
  #lastTs: UsTime;

  /** `applied` is told after each record, with the book as it stands then. */
  constructor(parts: {
    journal: Appender;
    book: AccountBook;
    clock: Clock;
    log: Log;
    publish: Publish;
    applied?: (record: JournalRecord, pos: number) => void;
  }) {
    this.#journal = parts.journal;
    this.#book = parts.book;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#publish = parts.publish;
    this.#applied = parts.applied ?? (() => undefined);
    this.#lastTs = usTime(Math.max(0, ...parts.book.liveOrders().map(({ updatedTs }) => updatedTs)));
  }

  /**
   * The time records bear: the wall clock, but never earlier than before. What is known of an order is told apart by it, also when the
   * clock was set back. Deadlines are for the clock itself.
   */
  now(): UsTime {
    this.#lastTs = usTime(Math.max(this.#lastTs, this.#clock.wallUs()));
    return this.#lastTs;
  }

  /**
   * What is published is made of the record alone, so it need not wait for the fold; nobody is told within this turn.
   * @throws JournalError when the disk refuses: nothing was applied or published then.
   */
  write(record: JournalRecord, cause?: string): number {
    const { payload, data } = record.k === 'order' ? encodeOrderRecord(record) : { payload: encodeRecord(record), data: NOT_PACKED };
    const pos = this.#journal.append(payload);
    try {
      for (const publication of publicationsOf(record)) this.#publish(publication, pos, cause, data[publication.type]);
    } finally {
      // What is in the journal has happened, whatever becomes of the news about it.
      this.#book.apply(record, pos);
    }
    this.#applied(record, pos);
    return pos;
  }

  /** To be called between the record of an effect and the effect, see `Appender`. */
  whenSafe(effect: () => void): void {
    if (this.#journal.whenSafe) this.#journal.whenSafe(effect);
    else effect();
  }

  /** Applies one event to one order. Undefined when the move is not allowed: that is logged and changes nothing. */
  order(clientOrderId: ClientOrderId, body: OrderEventBody, cause?: string): Order | undefined {
    const event = { ...body, clientOrderId, ts: this.now() } as OrderEvent;
    const before = this.#book.order(clientOrderId);
    const after = event.type === 'initialized' ? (before ? undefined : initialOrder(event)) : this.#moved(before, event);
    if (!after) return undefined;
    const commandId = 'commandId' in event ? event.commandId : cause;
    const fill = event.type === 'filled' ? fillView(event.fill, after.owner, after.strategy) : undefined;
    const isNews = event.type === 'filled' && !this.#book.positions.has(event.fill);
    const change: { -readonly [K in keyof OrderEventMessage]: OrderEventMessage[K] } = { change: event.type, order: orderView(after) };
    if (fill && isNews) change.fill = fill;
    if (commandId !== undefined) change.commandId = commandId;
    if ('reason' in event && event.reason) change.reason = event.reason;
    this.write(fill && !isNews ? { k: 'order', ts: event.ts, change, claims: fill } : { k: 'order', ts: event.ts, change }, cause);
    return after;
  }

  strayFill(fill: Fill, owner: string, strategy = ''): void {
    this.write({ k: 'stray-fill', ts: this.now(), fill: fillView(fill, owner, strategy) });
  }

  mode(mode: TradingMode, who: string, why: string): void {
    this.write({ k: 'mode', ts: this.now(), mode, who, why });
  }

  #moved(before: Order | undefined, event: Exclude<OrderEvent, { type: 'initialized' }>): Order | undefined {
    if (!before) {
      this.#log.error('order-event-without-order', { code: 'ENG_NO_ORDER', clientOrderId: event.clientOrderId, change: event.type });
      return undefined;
    }
    const result = applyOrderEvent(before, event);
    if (result.type === 'applied') return result.order;
    const level = result.code === 'stale' ? 'debug' : 'warn';
    this.#log[level]('order-move-refused', { clientOrderId: event.clientOrderId, move: result.code, text: result.text });
    return undefined;
  }
}
