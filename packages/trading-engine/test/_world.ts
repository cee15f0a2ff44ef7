/** The deciding parts of the engine without sockets: a fake venue that answers when told to, a journal in memory, virtual time. */
import {
  type ClientOrderId,
  decimal,
  type Fill,
  type Instrument,
  type InstrumentId,
  type Order,
  parseAccountId,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  type UsTime,
  usTime,
  type VenueOrderId,
} from '@fillwright/domain';
import type { CommandAnswer, MessageData } from '@fillwright/messages';
import type { Clock, Log, RequestQueue, Timer } from '@fillwright/runtime';
import {
  confirmed,
  type ExecutionAdapter,
  type Lookup,
  type OrderReport,
  type Outcome,
  type PrivateStream,
  type PrivateStreamEvents,
  type VenueEvent,
} from '@fillwright/venue';
import { AccountBook } from '../src/account/account-book.ts';
import { AccountLog } from '../src/account/account-log.ts';
import type { JournalRecord } from '../src/account/record.ts';
import { decodeRecord } from '../src/account/record-codec.ts';
import type { EngineContext } from '../src/context.ts';
import { InputQueue } from '../src/input-queue.ts';
import type { EngineOptions } from '../src/options.ts';
import { CommandDesk } from '../src/order/command-desk.ts';
import { Dispatcher } from '../src/order/dispatcher.ts';
import { ReportDesk } from '../src/order/report-desk.ts';
import { Audit } from '../src/recovery/audit.ts';
import { MissingFills } from '../src/recovery/missing-fills.ts';
import { RecoveryDriver } from '../src/recovery/recovery-driver.ts';
import { Resolver } from '../src/recovery/resolver.ts';

export const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
export const EPOCH = 1_000;
export const HORIZON_MS = 15_000;

export const INSTRUMENT: Instrument = {
  id: BTC,
  symbol: 'BTCUSDT',
  kind: 'linear-perpetual',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  settleAsset: 'USDT',
  trading: true,
  tickSize: decimal('0.1'),
  minPrice: decimal('0'),
  maxPrice: decimal('0'),
  lotSize: decimal('0.001'),
  minQty: decimal('0.001'),
  maxQty: decimal('1000'),
  marketLotSize: decimal('0.001'),
  marketMinQty: decimal('0.001'),
  marketMaxQty: decimal('100'),
  minNotional: decimal('5'),
  maxOpenOrders: 200,
  priceBandUp: decimal('0'),
  priceBandDown: decimal('0'),
  pricePrecision: 1,
  qtyPrecision: 3,
};

export class TestClock implements Clock {
  #nowMs = 1_795_000_000_000;
  #timers: { atMs: number; callback: () => void; live: boolean }[] = [];

  wallUs(): UsTime {
    return usTime(this.#nowMs * 1000);
  }

  monotonicUs(): number {
    return this.#nowMs * 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback, live: true };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.live = false;
      },
    };
  }

  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter((timer) => timer.live && timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      next.live = false;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#timers = this.#timers.filter((timer) => timer.live);
    this.#nowMs = end;
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

/** One call the engine made, which the test answers. */
export interface Call {
  readonly name: keyof Omit<ExecutionAdapter, 'exchange' | 'executionHorizonMs' | 'prepare' | 'close'>;
  readonly id: string;
  /** What it was called with. */
  readonly args: readonly unknown[];
  /** Journal records there were when it was made. */
  readonly journaled: number;
  answer(value: unknown): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;

/** A private stream whose events the test makes. */
export class FakeStream implements PrivateStream {
  readonly #events: PrivateStreamEvents;
  closed = false;
  /** Set by a test that never lets it open. */
  wasRefused = false;

  constructor(events: PrivateStreamEvents) {
    this.#events = events;
  }

  async say(event: VenueEvent): Promise<void> {
    if (!this.closed) this.#events.onEvent(event);
    await settle();
  }

  async drop(reason = 'cut'): Promise<void> {
    if (!this.closed) this.#events.onDown(reason);
    this.closed = true;
    await settle();
  }

  close(): void {
    this.closed = true;
  }
}

export class World {
  readonly clock = new TestClock();
  readonly records: JournalRecord[] = [];
  readonly calls: Call[] = [];
  readonly book = new AccountBook();
  readonly broken: unknown[] = [];
  /** Jobs that wait when `held`; otherwise they start at once. */
  readonly waiting: { readonly lane: string; readonly start: () => Promise<unknown> }[] = [];
  held = false;
  full = false;
  gate: { readonly code: string; readonly text: string } | undefined;
  streamUp = true;
  /** The venue lists open orders by instrument where there are no more than these. */
  listsByInstrument = 0;
  ledgerStartTs = usTime(0);
  /** As with JOURNAL_SYNC=full: effects wait here for a sync, until `sync`. */
  readonly unsafe: (() => void)[] = [];
  syncsLater = false;
  tradesAnswered = 0;
  /** Events of errors that were logged. */
  readonly alarms: string[] = [];
  /** Private streams as they were asked for, oldest first. */
  readonly streams: FakeStream[] = [];
  readonly desk: CommandDesk;
  readonly reports: ReportDesk;
  readonly dispatcher: Dispatcher;
  readonly resolver: Resolver;
  readonly missing: MissingFills;
  readonly recovery: RecoveryDriver;
  readonly audit: Audit;
  readonly context: EngineContext;
  #command = 0;
  readonly #venueIds = new Map<string, number>();

  constructor(risk: Partial<EngineOptions['risk']> = {}) {
    const inputs = new InputQueue((error) => this.broken.push(error));
    const journal = {
      append: (payload: Uint8Array) => this.records.push(decodeRecord(payload)),
      whenSafe: (effect: () => void) => {
        if (this.syncsLater) this.unsafe.push(effect);
        else effect();
      },
    };
    const log = new AccountLog({ journal, book: this.book, clock: this.clock, log: silent, publish: () => undefined });
    const lanes: RequestQueue = {
      schedule: (lane, start) => {
        if (this.full) return false;
        if (this.held) this.waiting.push({ lane, start });
        else void start();
        return true;
      },
      waiting: 0,
      stop: () => undefined,
    };
    const random = { float: () => 1, below: () => 0, bytes: (length: number) => new Uint8Array(length) };
    this.context = {
      clock: this.clock,
      log: { ...silent, error: (event) => this.alarms.push(event) },
      random,
      options: engineOptions(risk),
      epoch: EPOCH,
      adapter: this.#adapter(),
      book: this.book,
      records: log,
      inputs,
      lanes,
      instruments: new Map([[BTC, INSTRUMENT]]),
    };
    this.reports = new ReportDesk(this.context, () => this.ledgerStartTs);
    const gate = () => this.gate;
    this.dispatcher = new Dispatcher(this.context, this.reports, gate);
    this.resolver = new Resolver(this.context, { reports: this.reports, dispatcher: this.dispatcher, streamIsUp: () => this.streamUp });
    this.dispatcher.onUnknown = (id) => this.resolver.watch(id);
    this.missing = new MissingFills(this.context, this.reports);
    this.reports.onMissingFills = (instrument, report) => this.missing.need(instrument, report);
    this.recovery = new RecoveryDriver(this.context, { reports: this.reports, random, ledgerStartTs: () => this.ledgerStartTs });
    this.audit = new Audit(this.context, this.reports, {
      inSync: () => this.streamUp,
      isHunting: (instrument) => this.missing.isHunting(instrument),
      markOf: () => decimal('101'),
      onMissing: ({ clientOrderId }) => this.resolver.missed(clientOrderId),
    });
    this.reports.onOrderChanged = (order) => this.dispatcher.orderChanged(order);
    this.desk = new CommandDesk(this.context, { dispatcher: this.dispatcher, gate, markOf: () => decimal('100') });
  }

  /** The sync under way ends. */
  async sync(): Promise<void> {
    for (const effect of this.unsafe.splice(0)) effect();
    await settle();
  }

  /** Runs what the lanes hold. */
  release(): void {
    for (const { start } of this.waiting.splice(0)) void start();
  }

  place(id: string, change: Partial<MessageData<'command.place'>> = {}, src = 'trader') {
    const command = {
      owner: 'q1',
      engineEpoch: EPOCH,
      deadlineTs: usTime(this.clock.wallUs() + 2_000_000),
      clientOrderId: id as ClientOrderId,
      strategy: 's',
      instrument: BTC,
      side: 'buy' as const,
      type: 'limit' as const,
      timeInForce: 'GTC' as const,
      qty: '1',
      price: '100',
      reduceOnly: false,
      closePosition: false,
      ...change,
    };
    return this.#asInput(() => this.desk.place(command, { src, commandId: id }));
  }

  cancel(id: string, commandId = this.#nextId(), src = 'trader', owner = 'q1') {
    return this.#asInput(() => this.desk.cancel({ ...this.#header(), owner, clientOrderId: id as ClientOrderId }, { src, commandId }));
  }

  modify(id: string, change: { readonly price?: string; readonly qty?: string }, commandId = this.#nextId()) {
    const command = { ...this.#header(), clientOrderId: id as ClientOrderId, ...change };
    return this.#asInput(() => this.desk.modify(command, { src: 'trader', commandId }));
  }

  cancelAll(owner: string, commandId = this.#nextId(), src = 'trader') {
    return this.#asInput(() => this.desk.cancelAll({ ...this.#header(), owner }, { src, commandId }));
  }

  /** Places an order and lets the venue confirm it. */
  async open(id: string, change: Partial<MessageData<'command.place'>> = {}): Promise<Order> {
    this.place(id, change);
    await this.lastCall('submit').answer(confirmed(this.report(id)));
    return this.order(id);
  }

  order(id: string): Order {
    const order = this.book.order(id);
    if (!order) throw new Error(`no order ${id}`);
    return order;
  }

  lastCall(name: Call['name']): Call {
    const call = this.calls.filter((made) => made.name === name).at(-1);
    if (!call) throw new Error(`${name} was not called`);
    return call;
  }

  count(name: Call['name']): number {
    return this.calls.filter((made) => made.name === name).length;
  }

  /** Answers the newest call of this name; of several at once the newest. */
  answer(name: Call['name'], value: unknown): Promise<void> {
    return this.lastCall(name).answer({ type: 'answered', value });
  }

  /** Answers the oldest question about trades that has no answer yet. */
  async answerTrades(fills: readonly Fill[]): Promise<void> {
    const asked = this.calls.filter(({ name }) => name === 'trades')[this.tradesAnswered];
    if (!asked) throw new Error('nobody asks for trades');
    this.tradesAnswered += 1;
    await asked.answer({ type: 'answered', value: fills });
  }

  fail(name: Call['name']): Promise<void> {
    return this.lastCall(name).answer({ type: 'failed', reason: { code: 'NO_ANSWER', text: 'timeout' } });
  }

  qty(): string {
    return this.book.positions.qty(BTC).toString();
  }

  recordsOf<K extends JournalRecord['k']>(k: K): readonly Extract<JournalRecord, { k: K }>[] {
    return this.records.filter((record): record is Extract<JournalRecord, { k: K }> => record.k === k);
  }

  /** Changes of one order as journaled. */
  changes(id: string): readonly string[] {
    return this.records.flatMap((record) =>
      record.k === 'order' && record.change.order.clientOrderId === id ? [record.change.change] : [],
    );
  }

  report(id: string, change: Partial<OrderReport> = {}): OrderReport {
    const known = this.book.order(id);
    if (!known) throw new Error(`no order ${id}`);
    return {
      clientOrderId: id,
      venueOrderId: this.#venueId(id),
      terms: known.terms,
      phase: 'new',
      filledQty: decimal('0'),
      venueTs: this.clock.wallUs(),
      source: 'answer',
      ...change,
    };
  }

  fill(tradeId: number, qty: string, change: Partial<Fill> = {}): Fill {
    return {
      instrument: BTC,
      tradeId: parseTradeId(String(tradeId)),
      venueOrderId: parseVenueOrderId('97'),
      side: 'buy',
      qty: decimal(qty),
      price: decimal('100'),
      liquidity: 'maker',
      fee: decimal('0.02'),
      feeAsset: 'USDT',
      venueTs: this.clock.wallUs(),
      ...change,
    };
  }

  /** As in the engine: what a handler starts runs after it. */
  #asInput(handler: () => CommandAnswer): CommandAnswer {
    let answer: CommandAnswer | undefined;
    this.context.inputs.run(() => {
      answer = handler();
    });
    if (!answer) throw new Error('broken: '.concat(String(this.broken[0])));
    return answer;
  }

  /** The venue's number of an order: one for each. */
  #venueId(id: string): VenueOrderId {
    const number = this.#venueIds.get(id) ?? 900 + this.#venueIds.size;
    this.#venueIds.set(id, number);
    return parseVenueOrderId(String(number));
  }

  #nextId(): string {
    this.#command += 1;
    return `c${this.#command}`;
  }

  #header() {
    return { owner: 'q1', engineEpoch: EPOCH, deadlineTs: usTime(this.clock.wallUs() + 2_000_000) };
  }

  #adapter(): ExecutionAdapter {
    const call = (name: Call['name'], id: string, ...args: readonly unknown[]) =>
      new Promise<never>((resolve) => {
        const answer = async (value: unknown) => {
          resolve(value as never);
          await settle();
        };
        this.calls.push({ name, id, args, journaled: this.records.length, answer });
      });
    const listsByInstrument = () => this.listsByInstrument;
    const unused = () => Promise.reject(new Error('not used in this test'));
    return {
      exchange: 'BINANCE',
      executionHorizonMs: HORIZON_MS,
      submit: (request): Promise<Outcome<OrderReport>> => call('submit', request.clientOrderId, request),
      cancel: (ref): Promise<Outcome<OrderReport | undefined>> => call('cancel', ref.clientOrderId, ref),
      modify: (request): Promise<Outcome<OrderReport>> => call('modify', request.order.clientOrderId, request),
      lookUpOrder: (ref): Promise<Lookup<OrderReport>> => call('lookUpOrder', ref.clientOrderId, ref),
      trades: (instrument, from) => call('trades', instrument, instrument, from),
      get listsByInstrument() {
        return listsByInstrument();
      },
      openOrders: (instrument = '' as InstrumentId) => call('openOrders', instrument),
      openAlgoOrders: (instrument = '' as InstrumentId) => call('openAlgoOrders', instrument),
      positions: () => call('positions', ''),
      balances: () => call('balances', ''),
      openPrivateStream: (events) => {
        const stream = new FakeStream(events);
        this.streams.push(stream);
        return call('openPrivateStream', '', events);
      },
      prepare: unused,
      close: unused,
    };
  }
}

export function engineOptions(risk: Partial<EngineOptions['risk']> = {}): EngineOptions {
  const endpoint = 'tcp://127.0.0.1:1';
  return {
    processName: 'engine',
    exchange: 'BINANCE',
    account: parseAccountId('main'),
    endpoints: {
      orderEvents: endpoint,
      tradeEvents: endpoint,
      orderStatus: endpoint,
      service: endpoint,
      traders: [],
      positionServer: [],
      market: [],
    },
    journalFolder: 'journal',
    journalSync: 'normal',
    orders: { perSecond: 20, inFlight: 8, queueBound: 100, retries: 3 },
    risk: { maxPositionPerSymbol: decimal('0'), maxPositionSize: decimal('0'), staleMs: 0, ...risk },
    streamBuffer: 100,
    reconnectMs: 1_000,
    reconnectAlarmAfter: 5,
    stopBudgetMs: 1_000,
  };
}
