/**
 * Reads the public streams of one exchange and publishes what everybody needs of them: instruments, best prices, books, trades, marks.
 * Holds no key and keeps nothing but its epoch; a restart costs its consumers one snapshot.
 */
import { accountTopic, type VenueEventMessage } from '@fillwright/messages';
import {
  FeedPublisher,
  type Gauge,
  type Health,
  MessageTap,
  nextEpoch,
  type Ports,
  type PublisherState,
  Sender,
  type Service,
  ServiceServer,
  type StopReport,
} from '@fillwright/runtime';
import type { MarketAdapter } from '@fillwright/venue';
import { BanWatch } from './ban-watch.ts';
import { configuredInstruments, InstrumentList } from './instrument-list.ts';
import { MarketFeed } from './market-feed.ts';
import type { MarketServerOptions } from './options.ts';
import { StreamBoard, type StreamChange } from './stream-board.ts';

const VERSION = '0.1.0';
const STREAMS = ['ticker', 'depth', 'trade', 'mark', 'instrument', 'venue'];
/** Enough to mend a gap of a few seconds without a snapshot; books go out whole, so the newest two are plenty. */
const RING_SIZE = 200;
const DEPTH_RING_SIZE = 2;
/** Longest text a venue event may carry. */
const MAX_TEXT = 2_000;
/** Longest reason in a heartbeat. */
const MAX_REASON = 200;

interface Sockets {
  readonly publisher: FeedPublisher;
  readonly service: ServiceServer;
  /** Bans that engines were told. */
  readonly engines: MessageTap | undefined;
}

export class MarketServer implements Service {
  readonly #ports: Ports;
  readonly #options: MarketServerOptions;
  readonly #adapter: MarketAdapter;
  readonly #instruments: InstrumentList;
  readonly #streams: StreamBoard;
  readonly #feed: MarketFeed;
  readonly #topics: { readonly instrument: string; readonly venue: string };
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #sockets: Sockets | undefined;
  #wrongSymbols: Error | undefined;
  readonly #bans: BanWatch;
  readonly #roomLeft: Gauge;
  /** Told when the configuration proves wrong after the start: the process ends then, as it would have at the start. */
  onBroken: (error: unknown) => void = () => undefined;

  constructor(ports: Ports, options: MarketServerOptions, adapter: MarketAdapter) {
    const { exchange, account } = options;
    this.#ports = ports;
    this.#options = options;
    this.#adapter = adapter;
    this.#topics = { instrument: accountTopic('instrument', exchange, account), venue: accountTopic('venue', exchange, account) };
    this.#bans = new BanWatch(ports, {
      publish: (event) => this.#venueEvent(event),
      keepQuiet: (untilTs) => adapter.keepQuiet?.(untilTs),
    });
    this.#roomLeft = ports.metrics.gauge('fillwright_venue_rate_left', 'Room that is left to us in a rate limit', 'pool');
    this.#streams = new StreamBoard(ports.log, options.reconnectAlarmAfter);
    this.#feed = new MarketFeed(ports, { exchange, account }, (topic, type, data) => this.#sockets?.publisher.publish(topic, type, data));
    this.#instruments = new InstrumentList(ports, adapter, {
      onInstrument: (instrument) => this.#sockets?.publisher.publish(this.#topics.instrument, 'market.instrument', instrument),
      onFirstList: () => this.#follow(),
    });
  }

  /** Up when its sockets are bound and the exchange was asked once; the answer may come later. @throws AppError `CFG_UNKNOWN_SYMBOL` */
  async start(): Promise<void> {
    this.#sockets = await this.#bind();
    this.#bans.start();
    await this.#instruments.start();
    if (this.#wrongSymbols) throw this.#wrongSymbols;
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  health(): Health {
    const reasons = this.#reasons();
    const { published = 0, refused = 0 } = this.#sockets?.publisher.counts ?? {};
    const rates = this.#adapter.rateRoom?.() ?? [];
    for (const { pool, left } of rates) this.#roomLeft.set(left, pool);
    const facts = { symbols: this.#options.symbols.length, instruments: this.#instruments.all().length, published, refused, rates };
    return { ready: this.#stateFor(reasons) === 'ready', state: this.#stateFor(reasons), reasons, facts };
  }

  async stop(reason: string): Promise<StopReport> {
    if (this.#phase !== 'stopping') this.#ports.log.info('market-server-stopping', { reason });
    this.#phase = 'stopping';
    this.#instruments.stop();
    this.#feed.stop();
    this.#bans.stop();
    const sockets = this.#sockets;
    this.#sockets = undefined;
    await this.#adapter.close();
    sockets?.publisher.beat();
    await Promise.all([sockets?.service.close(), sockets?.publisher.close(), sockets?.engines?.close()]);
    return { clean: true, left: [] };
  }

  async #bind(): Promise<Sockets> {
    const { bus, clock, disk, log, metrics } = this.#ports;
    const { processName: src, exchange, account, endpoints } = this.#options;
    const epoch = nextEpoch(disk, clock, 'market-server.epoch');
    const sender = new Sender({ src, exchange, account, epoch }, clock);
    const state = () => this.#spoken();
    const publisher = new FeedPublisher({
      socket: await bus.bindPublisher(endpoints.market),
      clock,
      sender,
      channel: 'market',
      streams: STREAMS,
      state,
      ringSize: (topic) => (topic.startsWith('depth.') ? DEPTH_RING_SIZE : RING_SIZE),
    });
    const snapshot = (topic: string) =>
      topic === this.#topics.instrument ? { instruments: [...this.#instruments.all()] } : this.#feed.snapshot(topic);
    const publishers = [publisher];
    const service = await ServiceServer.bind({
      bus,
      endpoint: endpoints.service,
      clock,
      sender,
      version: VERSION,
      publishers,
      state,
      log,
      metrics,
      snapshot,
    });
    publisher.start();
    log.info('market-server-bound', { epoch, market: publisher.endpoint, service: service.endpoint });
    return { publisher, service, engines: this.#hearEngines() };
  }

  /** Of every account: a ban is the address'. */
  #hearEngines(): MessageTap | undefined {
    const { exchange, endpoints } = this.#options;
    if (endpoints.engines === undefined) return undefined;
    return new MessageTap(this.#ports, {
      name: 'engines',
      endpoints: endpoints.engines,
      prefixes: [`venue.${exchange}.`, `engine.${exchange}.`],
      onMessage: (message) => this.#bans.heard(message),
    });
  }

  /** The instruments are known: the streams of the configured ones begin. */
  #follow(): void {
    const { symbols, depthLevels } = this.#options;
    try {
      for (const instrument of configuredInstruments(this.#instruments, symbols)) {
        if (!instrument.trading) this.#ports.log.warn('instrument-not-trading', { instrument: instrument.id });
        this.#feed.follow(instrument);
      }
    } catch (error) {
      this.#refuseSymbols(error as Error);
      return;
    }
    this.#adapter.start(
      symbols,
      { depthLevels },
      {
        onTicker: (ticker) => this.#feed.ticker(ticker),
        onDepth: (depth) => this.#feed.depth(depth),
        onTrade: (trade) => this.#feed.trade(trade),
        onMark: (mark) => this.#feed.mark(mark),
        onLink: (link) => this.#link(link),
        onBan: (untilTs, text) => this.#bans.told(untilTs, text),
      },
    );
  }

  /** During the start it is thrown to whoever starts us; later nobody waits for us any more. */
  #refuseSymbols(error: Error): void {
    this.#wrongSymbols = error;
    if (this.#phase !== 'running') return;
    this.#ports.log.error('unknown-symbol', { code: 'CFG_UNKNOWN_SYMBOL', error });
    this.onBroken(error);
  }

  #link(link: StreamChange): void {
    const change = this.#streams.change(link);
    if (!change) return;
    if (!change.up) this.#feed.streamsLost();
    this.#venueEvent({ event: change.up ? 'stream-up' : 'stream-down', text: `${change.name}: ${change.reason}` });
    this.#sockets?.publisher.beat();
  }

  #venueEvent(event: VenueEventMessage): void {
    this.#sockets?.publisher.publish(this.#topics.venue, 'venue.event', { ...event, text: event.text.slice(0, MAX_TEXT) });
  }

  /** As heartbeats carry it. */
  #spoken(): PublisherState {
    const { state, reasons } = this.health();
    return { state, reasons: reasons.map((reason) => reason.slice(0, MAX_REASON)) };
  }

  #stateFor(reasons: readonly string[]): Health['state'] {
    if (this.#phase === 'stopping') return 'stopping';
    if (this.#wrongSymbols) return 'halted';
    if (this.#phase === 'starting') return 'starting';
    return reasons.length === 0 ? 'ready' : 'degraded';
  }

  #reasons(): readonly string[] {
    if (this.#phase === 'stopping') return ['stopping'];
    if (this.#wrongSymbols) return [this.#wrongSymbols.message];
    const missing = this.#instruments.missing;
    if (missing !== undefined) return [missing];
    const ban = this.#bans.reason;
    return [
      ...(ban === undefined ? [] : [ban]),
      ...this.#streams.reasons(),
      ...this.#feed.reasons((instrument) => this.#streams.isBookInSync(instrument)),
    ];
  }
}
