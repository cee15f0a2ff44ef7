/**
 * One strategy in its own process: brings it the market, its orders and positions, and carries its orders to the engine.
 * Opens nothing unless every feed is in sync and the engine says it is ready; cancels are always possible.
 */
import { decimal, type Instrument, type InstrumentId, type Order, type Reason, type UsTime } from '@fillwright/domain';
import { fillFromView, type HeartbeatMessage, type MessageData, type PositionView } from '@fillwright/messages';
import {
  type FeedState,
  type FeedSubscription,
  type Health,
  type LogFields,
  nextEpoch,
  type Ports,
  Sender,
  type Service,
  type StopReport,
  type Timer,
} from '@fillwright/runtime';
import type { Amount, Asked, Desk, OrderOptions, Placed } from './desk.ts';
import { withFailpoints } from './failpoints.ts';
import { RoundTrips } from './latency.ts';
import { MarketView } from './market-view.ts';
import type { TraderOptions } from './options.ts';
import { IntentJournal } from './orders/intent-journal.ts';
import { OrderDesk, type OrderDeskParts } from './orders/order-desk.ts';
import { OwnOrders } from './orders/own-orders.ts';
import type { Mark, PositionState, Strategy, Ticker } from './strategy.ts';
import { STATE_FEEDS, type StateFeed, subscribeFeeds } from './trader-feeds.ts';
import { type ControlResult, openSockets, type TraderSockets } from './trader-sockets.ts';

/** Heartbeats come every second: an engine that missed two is stuck, dead or out of reach, and nothing is opened any more. */
const ENGINE_SILENCE_MS = 2_500;
/** How often it looks whether everything is in sync; also the grain of `onTimer`. */
const LOOK_MS = 50;

interface Running extends TraderSockets {
  readonly desk: OrderDesk;
  readonly journal: IntentJournal;
}

export class Trader implements Service, Desk {
  readonly #ports: Ports;
  readonly #options: TraderOptions;
  readonly #strategy: Strategy;
  readonly #own = new OwnOrders();
  readonly #market: MarketView;
  readonly #positions = new Map<InstrumentId, PositionState>();
  readonly #roundTrips = new RoundTrips();
  readonly #feeds: Record<StateFeed, FeedState> = { orders: 'unproven', positions: 'unproven', instruments: 'unproven' };
  readonly #halts: string[] = [];
  #orderFeed: FeedSubscription | undefined;
  #engine: HeartbeatMessage | undefined;
  #engineEpoch = 0;
  #running: Running | undefined;
  #lock: { release(): void } | undefined;
  #timer: Timer | undefined;
  #timerCount = 0;
  #started = false;
  #paused = false;
  #stopping = false;
  #broken: unknown;
  #onFlat: (() => void) | undefined;
  /** Told when the strategy failed: the trader cancels its orders and the process ends. */
  onBroken: (error: unknown) => void = () => undefined;

  constructor(ports: Ports, options: TraderOptions, strategy: Strategy) {
    this.#ports = ports;
    this.#options = options;
    this.#strategy = strategy;
    this.#market = new MarketView(options.instruments);
    strategy.desk = this;
  }

  async start(): Promise<void> {
    const { disk, store, clock } = this.#ports;
    this.#lock = store.lock('trader.lock');
    const epoch = nextEpoch(disk, clock, 'trader.epoch');
    const { processName, exchange, account } = this.#options;
    const sender = new Sender({ src: processName, exchange, account, epoch }, clock);
    const running = await this.#open(sender, new IntentJournal(disk, 'intents'));
    this.#running = running;
    running.desk.resume();
    running.publisher.start();
    this.#subscribe(running);
    this.#tick();
    this.#ports.log.info('trader-started', { epoch, strategy: this.#options.strategy, instruments: this.#options.instruments });
  }

  health(): Health {
    const reasons = this.#reasons();
    const state = this.#stopping
      ? 'stopping'
      : this.#broken || this.#halts.length > 0
        ? 'halted'
        : !this.#started
          ? 'syncing'
          : reasons.length > 0
            ? 'degraded'
            : 'ready';
    return {
      ready: state === 'ready',
      state,
      reasons,
      facts: {
        roundTripUs: this.#roundTrips.summary(),
        openOrders: this.#own.liveCount,
        unanswered: this.#running?.commands.openCount ?? 0,
        resent: this.#running?.commands.resent ?? 0,
        paused: this.#paused,
        marketGaps: this.#marketGaps(),
      },
    };
  }

  /** Lets the strategy say goodbye, cancels its orders, waits for their end, and says what is left. */
  async stop(reason: string): Promise<StopReport> {
    const running = this.#running;
    if (!running) {
      this.#lock?.release();
      return { clean: true, left: [] };
    }
    if (!this.#stopping) {
      this.#stopping = true;
      this.#ports.log.info('trader-stopping', { reason, openOrders: this.#own.liveCount });
      // A feed that lost too much is no longer traded on, but tells how the orders end.
      this.#orderFeed?.resume();
      if (this.#started) this.#call(() => this.#strategy.onStop());
      await this.#flat();
    }
    this.#timer?.cancel();
    const left = this.#own.live().map((order) => `order ${order.clientOrderId} (${order.phase}) on ${order.terms.instrument}`);
    this.#running = undefined;
    await running.close();
    running.journal.close();
    this.#lock?.release();
    return { clean: left.length === 0, left };
  }

  // The desk of the strategy.

  get now(): UsTime {
    return this.#ports.clock.wallUs();
  }

  get params(): Readonly<Record<string, string>> {
    return this.#options.params;
  }

  get instruments(): readonly InstrumentId[] {
    return this.#options.instruments;
  }

  get canOpen(): boolean {
    return this.#blocked() === undefined;
  }

  instrument(id: InstrumentId): Instrument | undefined {
    return this.#market.instrument(id);
  }

  ticker(id: InstrumentId): Ticker | undefined {
    return this.#market.ticker(id);
  }

  mark(id: InstrumentId): Mark | undefined {
    return this.#market.mark(id);
  }

  position(id: InstrumentId): PositionState | undefined {
    return this.#positions.get(id);
  }

  orders(id?: InstrumentId): readonly Order[] {
    return this.#own.live(id);
  }

  buy(instrument: InstrumentId, qty: Amount, options?: OrderOptions): Placed {
    return this.#running?.desk.place('buy', instrument, qty, options) ?? NOT_RUNNING;
  }

  sell(instrument: InstrumentId, qty: Amount, options?: OrderOptions): Placed {
    return this.#running?.desk.place('sell', instrument, qty, options) ?? NOT_RUNNING;
  }

  cancel(order: Order): Asked {
    return this.#running?.desk.cancel(order) ?? NOT_RUNNING;
  }

  modify(order: Order, change: { readonly price?: Amount; readonly qty?: Amount }): Asked {
    return this.#running?.desk.modify(order, change) ?? NOT_RUNNING;
  }

  cancelAll(instrument?: InstrumentId): Asked {
    return this.#running?.desk.cancelAll(instrument) ?? NOT_RUNNING;
  }

  log(event: string, fields?: LogFields): void {
    this.#ports.log.info(event, { strategy: this.#options.strategy, ...fields });
  }

  async #open(sender: Sender, journal: IntentJournal): Promise<Running> {
    const { clock, log } = this.#ports;
    const sockets = await openSockets(this.#ports, this.#options, sender, {
      state: () => {
        const { state, reasons } = this.health();
        return { state, reasons: reasons.map((reason) => reason.slice(0, 200)) };
      },
      onControl: (control) => this.#control(control),
      onEngineHeartbeat: (heartbeat) => {
        this.#engine = heartbeat;
      },
    });
    const parts: OrderDeskParts = {
      clock,
      log,
      journal,
      options: this.#options,
      epoch: sender.epoch,
      own: this.#own,
      sender: sockets.commands,
      roundTrips: this.#roundTrips,
      engineEpoch: () => this.#engineEpoch,
      blocked: () => this.#blocked(),
      changed: (order) => this.#changed(order),
    };
    const desk = new OrderDesk(withFailpoints(parts, this.#ports.failpoints));
    return { ...sockets, desk, journal };
  }

  #subscribe({ links, desk }: Running): void {
    this.#orderFeed = subscribeFeeds(links, this.#options, {
      onState: (feed, state, why) => {
        this.#feeds[feed] = state;
        this.#ports.log.info('feed-state', { feed, state, why });
      },
      onHalt: (feed, reason) => {
        this.#halts.push(`${feed}: ${reason}`);
        if (this.#stopping) this.#orderFeed?.resume();
      },
      onOrders: (orders, engineEpoch) => {
        this.#engineEpoch = engineEpoch;
        desk.snapshot(orders);
      },
      onOrderEvent: (event, message) => this.#orderEvent(event, message.epoch, message.cause),
      onAnswer: (answer) => desk.answer(answer),
      onPositions: (positions) => {
        for (const position of positions) this.#position(position);
      },
      onInstruments: (instruments) => {
        for (const instrument of instruments) this.#market.define(instrument);
      },
      onMarket: (message) => this.#call(() => this.#market.message(message, this.#started ? this.#strategy : undefined)),
    });
  }

  #orderEvent(event: MessageData<'order.event'>, engineEpoch: number, cause: string | undefined): void {
    this.#engineEpoch = Math.max(this.#engineEpoch, engineEpoch);
    if (event.order.owner !== this.#options.ownerTag) return;
    const order = this.#running?.desk.event(event, cause);
    if (event.change === 'filled' && event.fill && this.#started) {
      const fill = fillFromView(event.fill);
      this.#call(() => this.#strategy.onFill(fill, order));
    }
  }

  #changed(order: Order): void {
    if (this.#started) this.#call(() => this.#strategy.onOrder(order));
    if (!this.#stopping) return;
    // The engine heard of it only after it had cancelled all it knew.
    if (order.state !== 'closed' && order.phase !== 'intent') this.cancel(order);
    if (this.#own.liveCount === 0) this.#onFlat?.();
  }

  #position(view: PositionView): void {
    const state: PositionState = {
      instrument: view.instrument,
      qty: decimal(view.qty),
      entryPrice: decimal(view.entryPrice),
      realisedPnl: decimal(view.realisedPnl),
      unrealisedPnl: view.unrealisedPnl === undefined ? undefined : decimal(view.unrealisedPnl),
    };
    this.#positions.set(view.instrument, state);
    if (this.#started) this.#call(() => this.#strategy.onPosition(state));
  }

  /** Control requests of operators. Pausing keeps the open orders and opens no new ones. */
  #control(control: MessageData<'service.control'>): ControlResult {
    this.#ports.log.warn('control-request', { action: control.action, who: control.who, why: control.why });
    switch (control.action) {
      case 'pause':
      case 'resume':
        this.#paused = control.action === 'pause';
        return { text: this.#paused ? 'paused: open orders stay, nothing new is opened' : 'resumed' };
      case 'cancel-mine':
      case 'cancel-all': {
        const asked = this.cancelAll();
        return asked.ok ? { text: `${this.#own.liveCount} open orders are being cancelled` } : asked.reason;
      }
      default:
        return { code: 'TRD_ACTION_UNKNOWN', text: `a trader can pause, resume and cancel; ${control.action} is for the engine` };
    }
  }

  /** Why no order may be opened now. */
  #blocked(): Reason | undefined {
    if (this.#stopping) return { code: 'STOPPING', text: 'the trader is stopping' };
    if (this.#paused) return { code: 'PAUSED', text: 'an operator paused this trader' };
    const [reason] = this.#reasons();
    return reason === undefined ? undefined : { code: 'NOT_IN_SYNC', text: reason };
  }

  #reasons(): readonly string[] {
    if (this.#broken) return [`the strategy failed: ${String(this.#broken)}`];
    const reasons = [...this.#halts];
    for (const name of STATE_FEEDS) {
      if (this.#feeds[name] !== 'live') reasons.push(`feed ${name} is ${this.#feeds[name]}`);
    }
    const missing = this.#feeds.instruments === 'live' ? this.#market.missing() : [];
    if (missing.length > 0) reasons.push(`the market-server does not follow ${missing.join(', ')}`);
    if (!this.#engine) reasons.push('the engine has not been heard yet');
    else if (this.#engineAgeMs() > ENGINE_SILENCE_MS) reasons.push(`the engine was not heard for ${Math.round(this.#engineAgeMs())} ms`);
    else if (this.#engine.state !== 'ready') reasons.push(`the engine is ${this.#engine.state}: ${this.#engine.reasons.join('; ')}`);
    return reasons;
  }

  /** Of its newest heartbeat. */
  #engineAgeMs(): number {
    return this.#running?.links.orders.heartbeatAgeMs ?? Number.POSITIVE_INFINITY;
  }

  #marketGaps(): number {
    const subscriptions = this.#running?.links.market.subscriptions ?? [];
    return subscriptions.reduce((sum, { statistics }) => sum + statistics.missed, 0);
  }

  /** Starts the strategy when everything is in sync, then keeps its timer. */
  #tick(): void {
    this.#timer = this.#ports.clock.after(LOOK_MS, () => {
      this.#tick();
      if (this.#stopping || this.#broken) return;
      if (!this.#started) {
        if (this.#reasons().length > 0) return;
        this.#started = true;
        this.#ports.log.info('strategy-started', { strategy: this.#options.strategy });
        this.#call(() => this.#strategy.onStart());
      }
      this.#timerCount += LOOK_MS;
      if (this.#timerCount < this.#options.timerMs) return;
      this.#timerCount = 0;
      this.#call(() => this.#strategy.onTimer(this.now));
    });
  }

  /** Runs a handler of the strategy. What it throws is a bug in it: its orders are cancelled and the process ends. */
  #call(handler: () => void): void {
    if (this.#broken) return;
    try {
      handler();
    } catch (error) {
      this.#broken = error;
      this.#ports.log.error('strategy-failed', { code: 'TRD_STRATEGY_FAILED', error });
      this.cancelAll();
      this.onBroken(error);
    }
  }

  /** Cancels everything and resolves when nothing of ours lives, or when the budget is spent. */
  #flat(): Promise<void> {
    if (this.#own.liveCount === 0) return Promise.resolve();
    this.cancelAll();
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(this.#options.stopBudgetMs, resolve);
      this.#onFlat = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

const NOT_RUNNING = { ok: false, reason: { code: 'NOT_RUNNING', text: 'the trader is not running' } } as const;
