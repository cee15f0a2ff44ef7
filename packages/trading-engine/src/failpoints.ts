/**
 * Where the engine can be killed by a test: wraps what it journals, writes, hears and publishes, from outside, and only where a failpoint
 * is armed. The parts themselves know nothing of it.
 */
import { decodeMessage, type Message } from '@fillwright/messages';
import { type Failpoint, type Failpoints, replacing } from '@fillwright/runtime/ports';
import type { ExecutionAdapter, HandedOrder, OrderBatches, PrivateStreamEvents, VenueEvent } from '@fillwright/venue';
import type { JournalRecord } from './account/record.ts';
import { decodeRecord } from './account/record-codec.ts';
import type { Needs } from './engine-parts.ts';

/** What is journaled, by its change. */
const JOURNALED: Readonly<Record<string, Failpoint>> = {
  initialized: 'engine.intent-journaled',
  denied: 'engine.denial-journaled',
  sending: 'engine.sending-journaled',
  'outcome-unknown': 'engine.unknown-journaled',
  'cancel-requested': 'engine.request-journaled',
  'modify-requested': 'engine.request-journaled',
  'request-sending': 'engine.request-sending-journaled',
};
const WANTED: Readonly<Record<string, Failpoint>> = { initialized: 'engine.intent-wanted', sending: 'engine.turn-come' };
const PUBLISHED: Readonly<Record<string, Failpoint>> = { initialized: 'engine.intent-published', sending: 'engine.sending-published' };
/** What an answer of the venue can make of an order, and what it can make of a request about one. */
const OUTCOMES: readonly string[] = ['accepted', 'rejected', 'filled', 'expired'];
const REQUEST_OUTCOMES: readonly string[] = ['canceled', 'modified', 'request-refused', 'request-unknown'];

export function withFailpoints(needs: Needs): Needs {
  const { failpoints } = needs.ports;
  return failpoints === undefined ? needs : new Wrapper(needs, failpoints).wrapped();
}

class Wrapper {
  readonly #needs: Needs;
  readonly #failpoints: Failpoints;
  /** An event of the private stream is being handled. */
  #isEvent = false;
  /** The orders about which the venue answered last. */
  #answered: readonly string[] = [];

  constructor(needs: Needs, failpoints: Failpoints) {
    this.#needs = needs;
    this.#failpoints = failpoints;
  }

  wrapped(): Needs {
    const { journal, ports, feeds, adapter } = this.#needs;
    const { bus } = ports;
    return {
      ...this.#needs,
      adapter: this.#adapter(adapter),
      journal: replacing(journal, { append: (payload) => this.#append(payload) }),
      feeds: { ...feeds, onMessage: (message) => this.#command(message) },
      ports: {
        ...ports,
        bus: replacing(bus, {
          bindPublisher: async (endpoint, onLink) => {
            const socket = await bus.bindPublisher(endpoint, onLink);
            return replacing(socket, {
              send: (topic, body) => {
                socket.send(topic, body);
                this.#published(topic, body);
              },
            });
          },
        }),
      },
    };
  }

  #command(message: Message): void {
    const { book, feeds } = this.#needs;
    if (message.type !== 'command.place') {
      feeds.onMessage(message);
      return;
    }
    const id = message.data.clientOrderId;
    const isCopy = book.order(id) !== undefined;
    if (!isCopy) this.#failpoints.reach('engine.command-received', id);
    feeds.onMessage(message);
    if (isCopy) this.#failpoints.reachAfterTurn('engine.copy-answered', id);
  }

  #append(payload: Uint8Array): number {
    const record = decodeRecord(payload);
    if (record.k !== 'order') return this.#appendOther(record, payload);
    const { change, order } = record.change;
    const id = order.clientOrderId;
    const by = OUTCOMES.includes(change) ? this.#origin(id) : undefined;
    const wanted = by === undefined ? WANTED[change] : (`engine.${by}-wanted` as const);
    if (wanted !== undefined) this.#failpoints.reach(wanted, id);
    const pos = this.#needs.journal.append(payload);
    const journaled = by === undefined ? JOURNALED[change] : (`engine.${by}-journaled` as const);
    if (journaled !== undefined) this.#failpoints.reach(journaled, id);
    if (REQUEST_OUTCOMES.includes(change) && this.#origin(id) === 'outcome') this.#failpoints.reach('engine.request-outcome-journaled', id);
    return pos;
  }

  /** What told of a change; a recovery or the answer to a question is neither. */
  #origin(id: string): 'event' | 'outcome' | undefined {
    if (this.#isEvent) return 'event';
    return this.#answered.includes(id) ? 'outcome' : undefined;
  }

  #appendOther(record: JournalRecord, payload: Uint8Array): number {
    const pos = this.#needs.journal.append(payload);
    if (record.k === 'boot') this.#failpoints.reach('engine.boot-journaled');
    if (record.k === 'recovery') this.#failpoints.reach('engine.recovery-journaled');
    return pos;
  }

  #published(topic: string, body: Uint8Array): void {
    const decoded = decodeMessage(body);
    if (!decoded.ok) return;
    const { type, data } = decoded.message;
    if (type === 'command.answer') this.#failpoints.reachAfterTurn('engine.answer-published', data.order?.clientOrderId);
    if (type === 'account.fill') this.#failpoints.reachAfterTurn('engine.fill-published', topic);
    if (type !== 'order.event') return;
    const { change, order } = data;
    const by = OUTCOMES.includes(change) ? this.#origin(order.clientOrderId) : undefined;
    const name = by === undefined ? PUBLISHED[change] : (`engine.${by}-published` as const);
    if (name !== undefined) this.#failpoints.reachAfterTurn(name, order.clientOrderId);
  }

  #adapter(adapter: ExecutionAdapter): ExecutionAdapter {
    const { reach, reachAfterTurn } = this.#failpoints;
    /** Bytes on their way, and the answer to them before anybody knows it. */
    const around = async <T>(written: Failpoint, read: Failpoint, id: string, answer: Promise<T>, together = [id]): Promise<T> => {
      reachAfterTurn(written, id);
      const outcome = await answer;
      reach(read, id);
      this.#answered = read === 'engine.question-answered' ? [] : together;
      return outcome;
    };
    const { batches } = adapter;
    const submitAll: OrderBatches['submit'] = (orders) => {
      const ids = orders.map(({ request }) => request.clientOrderId);
      const answered = (outcome: HandedOrder['outcome'], id = '') => around('engine.bytes-written', 'engine.answer-read', id, outcome, ids);
      return (batches?.submit(orders) ?? []).map((one, index) => ({ ...one, outcome: answered(one.outcome, ids[index]) }));
    };
    return replacing(adapter, {
      ...(batches && { batches: replacing(batches, { submit: submitAll }) }),
      submit: (...args) => around('engine.bytes-written', 'engine.answer-read', args[0].clientOrderId, adapter.submit(...args)),
      cancel: (...args) => around('engine.request-written', 'engine.request-answer-read', args[0].clientOrderId, adapter.cancel(...args)),
      modify: (...args) =>
        around('engine.request-written', 'engine.request-answer-read', args[0].order.clientOrderId, adapter.modify(...args)),
      lookUpOrder: (...args) =>
        around('engine.question-asked', 'engine.question-answered', args[0].clientOrderId, adapter.lookUpOrder(...args)),
      positions: async () => {
        const answer = await adapter.positions();
        reach('engine.snapshot-read');
        return answer;
      },
      openPrivateStream: async (events) => {
        const opened = await adapter.openPrivateStream(this.#events(events));
        reach('engine.stream-opened');
        return opened;
      },
    });
  }

  #events(events: PrivateStreamEvents): PrivateStreamEvents {
    return {
      onEvent: (event: VenueEvent) => {
        if (event.type === 'order') this.#failpoints.reach('engine.event-received', event.report.clientOrderId);
        this.#isEvent = true;
        try {
          events.onEvent(event);
        } finally {
          this.#isEvent = false;
        }
      },
      onDown: (reason) => events.onDown(reason),
      onAlive: () => events.onAlive?.(),
    };
  }
}
