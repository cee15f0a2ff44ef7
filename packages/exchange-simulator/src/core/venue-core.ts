/**
 * Everything behind the ports of one venue: engine, streams, API, feeds, built from options and changed by clients, time and the control
 * API. A loaded state is a new core; the listeners stay and hand over to it.
 */
import type { Clock, ServerHandlers, ServerSocket, ServerSocketEvents } from '@fillwright/runtime/ports';
import { VenueClock } from '../clock/venue-clock.ts';
import { Countdowns } from '../engine/countdowns.ts';
import { Engine } from '../engine/engine.ts';
import { Funding } from '../engine/funding.ts';
import { FaultDesk, type FaultRule } from '../fault/fault-desk.ts';
import { PastBooks } from '../fault/past-books.ts';
import { Replicas } from '../fault/replicas.ts';
import { Storm } from '../fault/storm.ts';
import type { Feed } from '../flow/feed.ts';
import type { Venue } from '../http/endpoint.ts';
import { Pipeline } from '../http/pipeline.ts';
import { RateLimits } from '../http/rate-limits.ts';
import { WebSocketApi } from '../http/web-socket-api.ts';
import { Market, UpdateIds } from '../market/market.ts';
import { symbolSpec } from '../market/symbol-spec.ts';
import { Prng } from '../numbers/prng.ts';
import { unitsOf } from '../numbers/units.ts';
import type { SimulatorOptions } from '../options/options.ts';
import { Hub } from '../stream/hub.ts';
import { ListenKeys } from '../stream/listen-keys.ts';
import { MarketStreams } from '../stream/market-streams.ts';
import { type DrilledSocket, type LiveSocket, POLICY_VIOLATION } from '../stream/socket-life.ts';
import { StreamServer } from '../stream/stream-server.ts';
import { UserStreams } from '../stream/user-streams.ts';
import type { VenueLog } from '../venue-log/venue-log.ts';
import { clientAccounts, houseAccounts } from './accounts.ts';
import { Delays } from './delays.ts';
import { type FeedPorts, feedOf } from './feeds.ts';
import { Maintenance } from './maintenance.ts';

/** Of a socket that was refused and is on its way out. */
const DEAF: ServerSocketEvents = { onMessage() {}, onPing() {}, onPong() {}, onClose() {} };

export interface CoreInit {
  /** Machine, accelerated or stepped. */
  readonly source: Clock;
  readonly options: SimulatorOptions;
  readonly venueLog: VenueLog;
  readonly feedPorts: FeedPorts;
}

/** Numbers the orders that come through the control API. */
export class ExternalIds {
  last = 0;

  next(): number {
    this.last += 1;
    return this.last;
  }
}

export class VenueCore {
  readonly clock: VenueClock;
  readonly engine: Engine;
  readonly faults: FaultDesk;
  readonly hub = new Hub();
  readonly listenKeys: ListenKeys;
  readonly funding: Funding;
  readonly feeds = new Map<string, Feed>();
  readonly externalIds = new ExternalIds();
  readonly handlers: ServerHandlers;
  readonly maintenance: Maintenance;
  readonly storm: Storm;
  readonly delays: Delays;
  readonly #past: { readonly replicas: Replicas; readonly books: PastBooks };
  readonly #options: SimulatorOptions;
  readonly #updateIds = new UpdateIds();
  readonly #marketStreams: MarketStreams;
  readonly #venue: Venue;
  readonly #prngs = new Map<string, Prng>();
  readonly #sockets = new Set<ServerSocket>();
  readonly #webSocketApi: WebSocketApi;

  /** @throws RangeError when an option is not usable, naming the symbol or account. */
  constructor({ source, options, venueLog, feedPorts }: CoreInit) {
    this.#options = options;
    this.clock = new VenueClock(source, options.clockSkewMs);
    this.engine = new Engine(this.clock, {
      ...(options.marginAssets === undefined ? {} : { assets: options.marginAssets }),
      ...(options.insuranceFund === undefined ? {} : { insuranceFund: unitsOf(options.insuranceFund) }),
    });
    this.funding = new Funding(this.clock, this.engine);
    this.delays = new Delays(options.delays);
    this.faults = new FaultDesk(this.#prng('faults'));
    const accountsByKey = clientAccounts(this.engine, options);
    for (const symbol of options.symbols) this.engine.addMarket(new Market(symbolSpec(symbol), this.#updateIds));
    const house = houseAccounts(this.engine);
    for (const market of this.engine.markets()) {
      const feed = feedOf({ clock: this.clock, engine: this.engine, market, house, options, ports: feedPorts });
      if (feed !== undefined) this.feeds.set(market.spec.symbol, feed);
    }
    this.listenKeys = new ListenKeys(this.clock, this.#prng('listen keys'), options.streams.listenKeyLifeMs);
    this.#marketStreams = new MarketStreams(this.clock, this.engine, this.hub);
    this.hub.listener = this.#marketStreams;
    const eventsPrng = this.#prng('user events');
    const userStreams = new UserStreams(this.hub, this.listenKeys, this.faults, eventsPrng, options.accountUpdateOrder);
    this.listenKeys.onExpired = (key) => userStreams.keyExpired(key, this.engine.nowMs());
    this.#past = { replicas: new Replicas(this.clock, this.engine), books: new PastBooks(() => this.engine.nowMs()) };
    const { replicas, books } = this.#past;
    for (const listener of [venueLog, userStreams, this.#marketStreams, this.engine.algo, replicas, books]) this.engine.listen(listener);
    this.faults.onAdded = (rule) => this.#lookBack(rule);
    this.maintenance = new Maintenance(this.clock, () => this.sockets());
    this.storm = new Storm(this.clock, this.#prng('storm'), this);
    this.#venue = {
      engine: this.engine,
      options,
      limits: new RateLimits(options.limits),
      listenKeys: this.listenKeys,
      countdowns: new Countdowns(this.clock, this.engine),
      delays: this.delays,
      maintenance: this.maintenance,
      past: this.#past,
      prng: this.#prng('venue'),
    };
    const shared = { clock: this.clock, venue: this.#venue, accountsByKey, faults: this.faults, log: venueLog };
    this.#webSocketApi = new WebSocketApi(shared);
    this.handlers = this.#serve(new Pipeline(shared));
  }

  /** A fault that looks back must be told beforehand how far. */
  #lookBack({ kind, delayMs }: FaultRule): void {
    if (kind === 'read-lag') this.#past.replicas.keep(delayMs);
    if (kind === 'stale-depth') this.#past.books.keep(delayMs, this.engine.markets());
  }

  /** After a load: rules that look back begin with what is now. */
  restored(): void {
    for (const rule of this.faults.rules()) this.#lookBack(rule);
  }

  /** Open sockets of every kind. */
  *sockets(): IterableIterator<DrilledSocket & LiveSocket> {
    yield* this.hub.connections();
    yield* this.#webSocketApi.connections();
  }

  #prng(label: string): Prng {
    const prng = new Prng(this.#options.seed, label);
    this.#prngs.set(label, prng);
    return prng;
  }

  #serve(pipeline: Pipeline): ServerHandlers {
    const streams = new StreamServer({
      ...{ clock: this.clock, hub: this.hub, prng: this.#prng('deliveries'), options: this.#options },
      ...{ delays: this.delays, faults: this.faults },
    });
    return {
      request: (request) => pipeline.handle(request),
      socket: (upgrade, socket) => {
        if (this.maintenance.active) return undefined;
        if (this.#venue.limits.connectionRefused(upgrade.remoteAddress, this.engine.nowMs())) {
          socket.close(POLICY_VIOLATION, 'Too many connections');
          return DEAF;
        }
        const events = this.#webSocketApi.accept(upgrade, socket) ?? streams.accept(upgrade, socket);
        if (events === undefined) return undefined;
        this.#sockets.add(socket);
        const onClose = (code: number, reason: string): void => {
          this.#sockets.delete(socket);
          events.onClose(code, reason);
        };
        return { ...events, onClose };
      },
    };
  }

  /** Everything that a dump keeps, by name; what orders and the like hang on. In a fixed order. */
  parts(): ReadonlyMap<string, object> {
    const { engine } = this;
    const parts = new Map<string, object>();
    // First, because filling a book uses up update ids.
    for (const { spec, book } of engine.markets()) parts.set(`book ${spec.symbol}`, book);
    const others: readonly (readonly [string, object])[] = [
      ['clock', this.clock],
      ['update ids', this.#updateIds],
      ['external ids', this.externalIds],
      ['engine', engine],
      ['settlement', engine.settlement],
      ['liquidation', engine.liquidation],
      ['deleveraging', engine.deleveraging],
      ['auto exchange', engine.autoExchange],
      ['auto exchange', engine.autoExchange],
      ['margin assets', engine.assets],
      ['convert desk', engine.convert],
      ['history exports', engine.exports],
      ['algo desk', engine.algo],
      ['funding', this.funding],
      ['faults', this.faults],
      ['listen keys', this.listenKeys],
      ['countdowns', this.#venue.countdowns],
      ['limits', this.#venue.limits],
      ['maintenance', this.maintenance],
      ['storm', this.storm],
      ['delays', this.delays],
      ['market streams', this.#marketStreams],
    ];
    for (const [name, part] of others) parts.set(name, part);
    for (const [label, prng] of this.#prngs) parts.set(`prng ${label}`, prng);
    for (const market of engine.markets()) {
      const { symbol } = market.spec;
      parts.set(`market ${symbol}`, market);
      parts.set(`tape ${symbol}`, market.tape);
      parts.set(`mark candles ${symbol}`, market.markCandles);
      parts.set(`index candles ${symbol}`, market.indexCandles);
    }
    for (const account of engine.accounts()) parts.set(`account ${account.name}`, account);
    for (const [symbol, feed] of this.feeds) parts.set(`feed ${symbol}`, feed);
    return parts;
  }

  /** Starts or pauses the feed of one symbol or of all; returns the symbols that move now. */
  setFlow(running: boolean, symbol?: string): string[] {
    for (const [name, feed] of this.feeds) {
      if (symbol !== undefined && symbol !== name) continue;
      if (running) feed.start();
      else feed.pause();
    }
    return [...this.feeds].filter(([, feed]) => feed.running).map(([name]) => name);
  }

  /** Symbols that nobody can trade on because what moves them is lost. */
  troubles(): string[] {
    return [...this.feeds].flatMap(([symbol, { trouble }]) => (trouble === undefined ? [] : [`${symbol} is halted: ${trouble}`]));
  }

  start(): void {
    this.setFlow(true);
    this.funding.start();
    for (const rule of this.#options.faults) this.faults.add(rule);
    this.storm.blow(this.#options.storm.perMinute, this.#options.storm.kinds);
  }

  /** No client is connected any more. */
  cutConnections(): void {
    for (const connection of this.hub.connections()) connection.cut();
  }

  /** After it nothing of this core moves. */
  stop(): void {
    for (const feed of this.feeds.values()) feed.close?.();
    this.#marketStreams.stop();
    this.listenKeys.stop();
    this.funding.stop();
    this.storm.stop();
    this.#venue.countdowns.stop();
    this.engine.stop();
  }

  /** Over, because another core takes its place: clients are cut off, what was on its way is lost. */
  replace(): void {
    this.setFlow(false);
    this.cutConnections();
    for (const socket of [...this.#sockets]) socket.terminate();
    this.stop();
    this.clock.halt();
  }
}
