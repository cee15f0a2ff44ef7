/** A venue as the adapter shows it: it takes orders, tells of them on its streams, and goes silent when told. It outlives the engine. */
import {
  type Decimal,
  decimal,
  type Fill,
  type Instrument,
  type InstrumentId,
  type OrderTerms,
  parseTradeId,
  parseVenueOrderId,
  type UsTime,
  usTime,
} from '@fillwright/domain';
import type { Clock } from '@fillwright/runtime';
import {
  type Answer,
  confirmed,
  type ExecutionAdapter,
  type Lookup,
  type OrderReport,
  type Outcome,
  type PositionReport,
  type PrivateStreamEvents,
  unknown,
  type VenueEvent,
} from '@fillwright/venue';
import { BTC, INSTRUMENT } from '../_world.ts';

interface VenueOrder {
  readonly clientOrderId: string;
  readonly number: number;
  readonly terms: OrderTerms;
  phase: OrderReport['phase'];
  filled: Decimal;
}

/** From the call to the venue, and from there to the answer. */
const HALF_WAY_MS = 2;

export class FakeVenue {
  readonly orders: VenueOrder[] = [];
  readonly trades: Fill[] = [];
  readonly cancels: string[] = [];
  /** What its dead man's switch was told, in ms. */
  readonly countdowns: number[] = [];
  positions: PositionReport[] = [];
  instruments: Instrument[] = [INSTRUMENT];
  /** Times that the instruments were read. */
  preparations = 0;
  /** Until then it wants to hear nothing. */
  quietUntilTs: UsTime | undefined;
  /** Market orders trade in the moment in which they arrive. */
  fillsMarketOrders = false;
  /** Market orders find nobody, and expire. */
  isBookEmpty = false;
  /** Requests arrive and are not answered, streams break and cannot be opened. */
  isSilent = false;
  /** When an order's bytes have been written. */
  onSubmit: () => void = () => undefined;
  readonly #streams = new Set<PrivateStreamEvents>();

  live(): readonly string[] {
    return this.orders.filter(({ phase }) => phase === 'new' || phase === 'partially-filled').map(({ clientOrderId }) => clientOrderId);
  }

  /** Somebody else places an order. */
  byHand(clientOrderId: string, instrument: InstrumentId = BTC): void {
    const base = { instrument, side: 'buy', type: 'limit', timeInForce: 'GTC', reduceOnly: false, closePosition: false } as const;
    this.#tell(this.#take(clientOrderId, { ...base, qty: decimal('1'), price: decimal('90') }));
  }

  fill(clientOrderId: string, qty: string, nowUs: number): void {
    const order = this.#find(clientOrderId);
    if (!order) throw new Error(`no order ${clientOrderId}`);
    order.filled = order.filled.plus(decimal(qty));
    order.phase = order.filled.gte(order.terms.qty) ? 'filled' : 'partially-filled';
    const fill: Fill = {
      instrument: order.terms.instrument,
      tradeId: parseTradeId(String(this.trades.length + 1)),
      venueOrderId: parseVenueOrderId(String(order.number)),
      side: order.terms.side,
      qty: decimal(qty),
      price: order.terms.price ?? decimal('100'),
      liquidity: 'maker',
      fee: decimal('0'),
      feeAsset: 'USDT',
      venueTs: usTime(nowUs),
    };
    this.trades.push(fill);
    const { instrument } = fill;
    const others = this.positions.filter((position) => position.instrument !== instrument);
    const before = this.positions.find((position) => position.instrument === instrument)?.qty ?? decimal('0');
    const held = before.plus(order.terms.side === 'buy' ? fill.qty : fill.qty.negated());
    this.positions = [...others, { instrument, qty: held, entryPrice: fill.price, venueTs: usTime(nowUs) }];
    this.#tell(order, { change: 'trade', fill });
  }

  /** Breaks all streams, as a network does. */
  cut(): void {
    this.isSilent = true;
    const broken = [...this.#streams];
    this.#streams.clear();
    for (const stream of broken) stream.onDown('cut');
  }

  /** The side of one incarnation; what it asked dies with its clock. */
  adapter(clock: Clock): ExecutionAdapter {
    const after = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        clock.after(HALF_WAY_MS, () => {
          const value = work();
          clock.after(HALF_WAY_MS, () => resolve(value));
        });
      });
    const command = <T>(work: () => Outcome<T>) => after(() => (this.isSilent ? unknown('NO_ANSWER', 'timeout') : work()));
    const query = <T>(work: () => T) =>
      after((): Answer<T> => {
        if (this.isSilent) return { type: 'failed', reason: { code: 'NO_ANSWER', text: 'timeout' } };
        return { type: 'answered', value: work() };
      });
    const quietUntilTs = () => this.quietUntilTs;
    return {
      exchange: 'BINANCE',
      executionHorizonMs: 1_000,
      get quietUntilTs() {
        return quietUntilTs();
      },
      prepare: () => {
        this.preparations += 1;
        return command(() => confirmed({ instruments: this.instruments, clockOffsetMs: 0 }));
      },
      submit: ({ clientOrderId, terms }) => {
        this.onSubmit();
        return command(() => {
          const order = this.#take(clientOrderId, terms);
          this.#tell(order);
          if (this.isBookEmpty && terms.type === 'market') {
            order.phase = 'expired';
            this.#tell(order, { change: 'expired' });
          } else if (this.fillsMarketOrders && terms.type === 'market') this.fill(clientOrderId, terms.qty.toString(), clock.wallUs());
          return confirmed(report(order, clock));
        });
      },
      cancel: ({ clientOrderId }) => {
        this.cancels.push(clientOrderId);
        return command(() => {
          const order = this.#find(clientOrderId);
          if (!order || order.phase === 'filled') return unknown('BINANCE_2011', 'Unknown order sent.');
          order.phase = 'canceled';
          this.#tell(order, { change: 'canceled' });
          return confirmed(report(order, clock));
        });
      },
      cancelAllAfter: (_instrument, countdownMs) =>
        command(() => {
          this.countdowns.push(countdownMs);
          return confirmed(undefined);
        }),
      modify: () => command(() => unknown('NO_ANSWER', 'not in this test')),
      lookUpOrder: (ref) =>
        query(() => this.#find(ref.clientOrderId)).then((answer): Lookup<OrderReport> => {
          if (answer.type === 'failed') return answer;
          return answer.value ? { type: 'answered', value: report(answer.value, clock) } : { type: 'absent' };
        }),
      openOrders: () => query(() => this.orders.filter(({ phase }) => isOpen(phase)).map((order) => report(order, clock))),
      openAlgoOrders: () => query(() => []),
      trades: (instrument, { sinceTs = usTime(0) }) =>
        query(() => this.trades.filter((fill) => fill.instrument === instrument && fill.venueTs >= sinceTs)),
      positions: () => query(() => this.positions),
      balances: () => query(() => []),
      openPrivateStream: (events) =>
        command(() => {
          // Delivered as an event of the process that listens.
          const own: PrivateStreamEvents = {
            onEvent: (event) => void clock.after(1, () => events.onEvent(event)),
            onDown: (reason) => void clock.after(1, () => events.onDown(reason)),
          };
          this.#streams.add(own);
          return confirmed({ close: () => void this.#streams.delete(own) });
        }),
      close: () => Promise.resolve(),
    };
  }

  #take(clientOrderId: string, terms: OrderTerms): VenueOrder {
    const order: VenueOrder = { clientOrderId, terms, number: 900 + this.orders.length, phase: 'new', filled: decimal('0') };
    this.orders.push(order);
    return order;
  }

  #find(clientOrderId: string): VenueOrder | undefined {
    return this.orders.find((order) => order.clientOrderId === clientOrderId);
  }

  #tell(order: VenueOrder, change: Partial<OrderReport> = {}): void {
    const said: VenueEvent = { type: 'order', report: { ...report(order), source: 'stream', ...change } };
    for (const stream of [...this.#streams]) stream.onEvent(said);
  }
}

function isOpen(phase: OrderReport['phase']): boolean {
  return phase === 'new' || phase === 'partially-filled';
}

function report(order: VenueOrder, clock?: Clock): OrderReport {
  return {
    clientOrderId: order.clientOrderId,
    venueOrderId: parseVenueOrderId(String(order.number)),
    terms: order.terms,
    phase: order.phase,
    filledQty: order.filled,
    venueTs: clock?.wallUs() ?? usTime(0),
    source: 'query',
  };
}
