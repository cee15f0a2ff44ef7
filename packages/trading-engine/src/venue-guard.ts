/**
 * Keeps quiet towards a venue that told us to: from a 418 or 429 until the time it named, no question, order or cancel leaves. What is asked
 * meanwhile is answered here, as not sent. Stands between the engine and its adapter, so that nothing goes round it.
 */
import { type InstrumentId, type Reason, type UsTime, usTime } from '@fillwright/domain';
import type { Clock } from '@fillwright/runtime';
import { replacing } from '@fillwright/runtime/ports';
import { type Answer, type ExecutionAdapter, type OrderBatches, type Refused, refused, type TicketedOrder } from '@fillwright/venue';

/** Of the reason when it was this guard that refused. */
export const VENUE_BAN = 'VENUE_BAN';
const NOT_OFFERED = refused('NOT_OFFERED', 'the venue does not offer this');

export class VenueGuard {
  readonly #clock: Clock;
  #untilTs: UsTime = usTime(0);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The venue named a time; a later one stands. */
  banned(untilTs: UsTime): void {
    this.#untilTs = usTime(Math.max(this.#untilTs, untilTs));
  }

  /** Undefined when we may ask. */
  get untilTs(): UsTime | undefined {
    return this.#clock.wallUs() < this.#untilTs ? this.#untilTs : undefined;
  }

  guard(adapter: ExecutionAdapter): ExecutionAdapter {
    // One that counts bans itself does so on a clock that nobody sets.
    const quietTs = () => (adapter.keepQuiet ? adapter.quietUntilTs : this.untilTs);
    const ask = <T>(question: () => Promise<Answer<T>>): Promise<Answer<T>> => {
      const reason = this.#reason(quietTs());
      return reason ? Promise.resolve({ type: 'failed', reason }) : question();
    };
    const command = <T>(work: () => Promise<T>): Promise<T | Refused> => {
      const reason = this.#reason(quietTs());
      return reason ? Promise.resolve(refused(reason.code, reason.text, true)) : work();
    };
    const { rates, listsByInstrument, batches } = adapter;
    return {
      exchange: adapter.exchange,
      executionHorizonMs: adapter.executionHorizonMs,
      get quietUntilTs() {
        return quietTs();
      },
      get venueClock() {
        return adapter.venueClock;
      },
      ...(rates && { rates }),
      ...(listsByInstrument !== undefined && { listsByInstrument }),
      keepQuiet: (untilTs) => {
        this.banned(untilTs);
        adapter.keepQuiet?.(untilTs);
      },
      prepare: () => command(() => adapter.prepare()),
      submit: (request, ticket) => command(() => adapter.submit(request, ticket)),
      cancel: (order, ticket) => command(() => adapter.cancel(order, ticket)),
      modify: (request, ticket) => command(() => adapter.modify(request, ticket)),
      ...(batches && { batches: replacing(batches, { submit: (orders) => this.#submitAll(batches, orders, quietTs()) }) }),
      lookUpOrder: (order) => {
        const reason = this.#reason(quietTs());
        return reason ? Promise.resolve({ type: 'failed', reason }) : adapter.lookUpOrder(order);
      },
      openOrders: (instrument) => ask(() => adapter.openOrders(instrument)),
      openAlgoOrders: (instrument) => ask(() => adapter.openAlgoOrders(instrument)),
      trades: (instrument, from) => ask(() => adapter.trades(instrument, from)),
      ...(adapter.paidInstruments && {
        paidInstruments: (sinceTs: UsTime) =>
          ask(() => adapter.paidInstruments?.(sinceTs) ?? Promise.resolve({ type: 'answered', value: [] } as const)),
      }),
      positions: () => ask(() => adapter.positions()),
      balances: () => ask(() => adapter.balances()),
      ...(adapter.cancelAllAfter && {
        cancelAllAfter: (instrument: InstrumentId, countdownMs: number) =>
          command(() => adapter.cancelAllAfter?.(instrument, countdownMs) ?? Promise.resolve(NOT_OFFERED)),
      }),
      ...(adapter.sampleClock && {
        sampleClock: () => (quietTs() === undefined && adapter.sampleClock ? adapter.sampleClock() : Promise.resolve(false)),
      }),
      openPrivateStream: (events) => command(() => adapter.openPrivateStream(events)),
      close: () => adapter.close(),
    };
  }

  #submitAll(batches: OrderBatches, orders: readonly TicketedOrder[], untilTs: UsTime | undefined): ReturnType<OrderBatches['submit']> {
    const reason = this.#reason(untilTs);
    if (!reason) return batches.submit(orders);
    const outcome = Promise.resolve(refused(reason.code, reason.text, true));
    return orders.map((_, index) => ({ outcome, isCompanion: index > 0 }));
  }

  #reason(untilTs: UsTime | undefined): Reason | undefined {
    if (untilTs === undefined) return undefined;
    const seconds = Math.ceil((untilTs - this.#clock.wallUs()) / 1e6);
    return { code: VENUE_BAN, text: `the venue told this address to be quiet for another ${seconds} s; nothing was sent` };
  }
}
