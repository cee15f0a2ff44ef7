/**
 * One strategy in its own process: brings it the market, its orders and positions, and carries its orders to the engine.
 * Opens nothing unless every feed is in sync and the engine says it is ready; cancels are always possible.
 */
import { decimal, type Instrument, type InstrumentId, type Order, type Reason, type UsTime } from '@fillwright/domain';
import {
  accountTopic,
  fillFromView,
  type HeartbeatMessage,
  type Message,
  type MessageData,
  marketTopic,
  type PositionView,
} from '@fillwright/messages';
import {
  AppError,
  CommandSender,
  FeedLink,
  FeedPublisher,
  type FeedState,
  type Health,
  type LogFields,
  nextEpoch,
  type Ports,
  type PublisherState,
  Sender,
  type Service,
  ServiceClient,
  ServiceServer,
  type StopReport,
  type Timer,
} from '@fillwright/runtime';
import type { Amount, Asked, Desk, OrderOptions, Placed } from './desk.ts';
import { RoundTrips } from './latency.ts';
import { MarketView } from './market-view.ts';
import type { TraderOptions } from './options.ts';
import { IntentJournal } from './orders/intent-journal.ts';
import { OrderDesk } from './orders/order-desk.ts';
import { OwnOrders } from './orders/own-orders.ts';
import type { Mark, PositionState, Strategy, Ticker } from './strategy.ts';

const VERSION = '0.1.0';
const SYNC_EVERY_MS = 50;
/** Marks, tickers and depth come many times a second; only the newest of each matters. */
const MARKET_STREAMS = ['ticker', 'mark', 'trade'] as const;
type FeedName = 'orders' | 'positions' | 'instruments';

interface Sockets {
  readonly sender: Sender;
  readonly publisher: FeedPublisher;
  readonly service: ServiceServer;
  readonly clients: readonly ServiceClient[];
  readonly links: { readonly market: FeedLink; readonly orders: FeedLink; readonly positions: FeedLink };
  readonly desk: OrderDesk;
  readonly commands: CommandSender;
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
  readonly #feeds: Record<FeedName, FeedState> = { orders: 'unproven', positions: 'unproven', instruments: 'unproven' };
  readonly #halts: string[] = [];
  #engine: HeartbeatMessage | undefined;
  #engineEpoch = 0;
  #sockets: Sockets | undefined;
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
    this.#sockets = await this.#open(sender, new IntentJournal(disk, 'intents'));
    this.#sockets.desk.resume();
    this.#sockets.publisher.start();
    this.#subscribe(this.#sockets);
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
        unanswered: this.#sockets?.commands.openCount ?? 0,
        resent: this.#sockets?.commands.resent ?? 0,
        paused: this.#paused,
        marketGaps: this.#marketGaps(),
      },
    };
  }

  /** Lets the strategy say goodbye, cancels its orders, waits for their end, and says what is left. */
  async stop(reason: string): Promise<StopReport> {
    const sockets = this.#sockets;
    if (!sockets) {
      this.#lock?.release();
      return { clean: true, left: [] };
    }
    if (!this.#stopping) {
      this.#stopping = true;
      this.#ports.log.info('trader-stopping', { reason, openOrders: this.#own.liveCount });
      if (this.#started) this.#call(() => this.#strategy.onStop());
      await this.#flat();
    }
    this.#timer?.cancel();
    const left = this.#own.live().map((order) => `order ${order.clientOrderId} (${order.phase}) on ${order.terms.instrument}`);
    this.#sockets = undefined;
    sockets.commands.close();
    await Promise.all(Object.values(sockets.links).map((link) => link.close()));
    await Promise.all(sockets.clients.map((client) => client.close()));
    await sockets.service.close();
    await sockets.publisher.close();
    sockets.journal.close();
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
    return this.#sockets?.desk.place('buy', instrument, qty, options) ?? NOT_RUNNING;
  }

  sell(instrument: InstrumentId, qty: Amount, options?: OrderOptions): Placed {
    return this.#sockets?.desk.place('sell', instrument, qty, options) ?? NOT_RUNNING;
  }

  cancel(order: Order): Asked {
    return this.#sockets?.desk.cancel(order) ?? NOT_RUNNING;
  }

  modify(order: Order, change: { readonly price?: Amount; readonly qty?: Amount }): Asked {
    return this.#sockets?.desk.modify(order, change) ?? NOT_RUNNING;
  }

  cancelAll(instrument?: InstrumentId): Asked {
    return this.#sockets?.desk.cancelAll(instrument) ?? NOT_RUNNING;
  }

  log(event: string, fields?: LogFields): void {
    this.#ports.log.info(event, { strategy: this.#options.strategy, ...fields });
  }

  async #open(sender: Sender, journal: IntentJournal): Promise<Sockets> {
    const { bus, clock, log } = this.#ports;
    const { endpoints, exchange, account } = this.#options;
    const state = (): PublisherState => {
      const health = this.health();
      return { state: health.state, reasons: health.reasons.map((reason) => reason.slice(0, 200)) };
    };
    const socket = await bus.bindPublisher(endpoints.commands);
    // Commands are never replayed: that would execute old ones.
    const publisher = new FeedPublisher({ socket, clock, sender, channel: 'commands', streams: ['command'], state, ringSize: 0 });
    const service = await ServiceServer.bind({
      bus,
      clock,
      log,
      sender,
      state,
      endpoint: endpoints.service,
      version: VERSION,
      publishers: [publisher],
      handlers: {
        'service.control': (request, respond) => {
          const result = this.#control(request.data);
          if ('code' in result) respond('service.error', result);
          else respond('service.ok', result);
        },
      },
    });
    const client = (endpoint: string) => new ServiceClient({ bus, clock, sender, endpoint });
    const [marketService, engineService, positionService] = [
      client(endpoints.marketService),
      client(endpoints.engineService),
      client(endpoints.positionService),
    ];
    const link = (
      endpoint: readonly string[],
      peer: ServiceClient,
      onHeartbeat?: (heartbeat: HeartbeatMessage, message: Message) => void,
    ) => new FeedLink({ bus, clock, log, sender, endpoint: only(endpoint), service: peer, ...(onHeartbeat && { onHeartbeat }) });
    const commands = new CommandSender({
      clock,
      publisher,
      topic: accountTopic('command', exchange, account),
      nextId: () => sender.nextId(),
    });
    const desk = new OrderDesk({
      clock,
      log,
      journal,
      options: this.#options,
      epoch: sender.epoch,
      own: this.#own,
      sender: commands,
      roundTrips: this.#roundTrips,
      engineEpoch: () => this.#engineEpoch,
      blocked: () => this.#blocked(),
      changed: (order) => this.#changed(order),
    });
    return {
      sender,
      publisher,
      service,
      desk,
      commands,
      journal,
      clients: [marketService, engineService, positionService],
      links: {
        market: link(endpoints.market, marketService),
        orders: link(endpoints.orders, engineService, (heartbeat, message) => this.#engineHeartbeat(heartbeat, message.epoch)),
        positions: link(endpoints.positions, positionService),
      },
    };
  }

  #subscribe({ links, desk }: Sockets): void {
    const { exchange, account, instruments } = this.#options;
    const common = (name: FeedName) => ({
      onState: (state: FeedState, why: string) => this.#feedState(name, state, why),
      onHalt: (reason: string, detail: string) => this.#halts.push(`${name}: ${reason}: ${detail}`),
    });
    links.orders.subscribe({
      ...common('orders'),
      topic: accountTopic('order', exchange, account),
      mode: {
        type: 'snapshot',
        onSnapshot: ({ data, epoch }) => {
          this.#engineEpoch = epoch;
          desk.snapshot(data.orders ?? []);
        },
      },
      onMessage: (message) => this.#orderMessage(message),
    });
    links.orders.subscribe({
      topic: accountTopic('answer', exchange, account),
      mode: { type: 'latest' },
      onMessage: (message) => {
        if (message.type === 'command.answer') desk.answer(message.data);
      },
    });
    links.positions.subscribe({
      ...common('positions'),
      topic: accountTopic('position', exchange, account),
      mode: { type: 'snapshot', onSnapshot: ({ data }) => this.#positionsAnew(data.positions ?? []) },
      onMessage: (message) => {
        if (message.type === 'position.changed') this.#position(message.data.position);
      },
    });
    links.market.subscribe({
      ...common('instruments'),
      topic: accountTopic('instrument', exchange, account),
      mode: { type: 'snapshot', onSnapshot: ({ data }) => this.#instrumentsAnew(data.instruments ?? []) },
      onMessage: (message) => {
        if (message.type === 'market.instrument') this.#market.define(message.data);
      },
    });
    for (const instrument of instruments) {
      const symbol = instrument.slice(0, instrument.lastIndexOf('.'));
      for (const stream of MARKET_STREAMS) {
        links.market.subscribe({
          topic: marketTopic(stream, exchange, account, symbol),
          mode: { type: 'latest' },
          onMessage: (message) => this.#call(() => this.#market.message(message, this.#started ? this.#strategy : undefined)),
        });
      }
    }
  }

  #orderMessage(message: Message): void {
    if (message.type !== 'order.event') return;
    const { data } = message;
    if (message.epoch > this.#engineEpoch) this.#engineEpoch = message.epoch;
    if (data.order.owner !== this.#options.ownerTag) return;
    const order = this.#sockets?.desk.event(data, message.cause);
    if (data.change === 'filled' && data.fill && this.#started) {
      const fill = fillFromView(data.fill);
      this.#call(() => this.#strategy.onFill(fill, order));
    }
  }

  #changed(order: Order): void {
    if (this.#started) this.#call(() => this.#strategy.onOrder(order));
    if (this.#stopping && this.#own.liveCount === 0) this.#onFlat?.();
  }

  #instrumentsAnew(instruments: readonly MessageData<'market.instrument'>[]): void {
    for (const instrument of instruments) this.#market.define(instrument);
  }

  #positionsAnew(positions: readonly PositionView[]): void {
    for (const position of positions) this.#position(position);
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

  #engineHeartbeat(heartbeat: HeartbeatMessage, epoch: number): void {
    this.#engine = heartbeat;
    if (epoch > this.#engineEpoch && this.#engineEpoch !== 0) this.#ports.log.info('engine-restarted', { epoch });
  }

  #feedState(name: FeedName, state: FeedState, why: string): void {
    this.#feeds[name] = state;
    this.#ports.log.info('feed-state', { feed: name, state, why });
  }

  /** Control requests of operators. Pausing keeps the open orders and opens no new ones. */
  #control(control: MessageData<'service.control'>): { readonly code: string; readonly text: string } | { readonly text: string } {
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
    for (const name of ['orders', 'positions', 'instruments'] as const) {
      if (this.#feeds[name] !== 'live') reasons.push(`feed ${name} is ${this.#feeds[name]}`);
    }
    const missing = this.#feeds.instruments === 'live' ? this.#market.missing() : [];
    if (missing.length > 0) reasons.push(`the market-server does not follow ${missing.join(', ')}`);
    if (!this.#engine) reasons.push('the engine has not been heard yet');
    else if (this.#engine.state !== 'ready') reasons.push(`the engine is ${this.#engine.state}: ${this.#engine.reasons.join('; ')}`);
    return reasons;
  }

  #marketGaps(): number {
    const subscriptions = this.#sockets?.links.market.subscriptions ?? [];
    return subscriptions.reduce((sum, { statistics }) => sum + statistics.missed, 0);
  }

  /** Starts the strategy when everything is in sync, then keeps its timer. */
  #tick(): void {
    this.#timer = this.#ports.clock.after(SYNC_EVERY_MS, () => {
      this.#tick();
      if (this.#stopping || this.#broken) return;
      if (!this.#started) {
        if (this.#reasons().length > 0) return;
        this.#started = true;
        this.#ports.log.info('strategy-started', { strategy: this.#options.strategy });
        this.#call(() => this.#strategy.onStart());
      }
      this.#timerCount += SYNC_EVERY_MS;
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

/** One engine, one market-server, one position-server per trader. */
function only(endpoints: readonly string[]): string {
  const [endpoint, ...more] = endpoints;
  if (endpoint === undefined || more.length > 0)
    throw new AppError('TRD_ENDPOINTS', 'a trader listens to exactly one endpoint of each kind');
  return endpoint;
}
