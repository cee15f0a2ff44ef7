/** The venue as one service: builds engine, streams, API, flow and control from options and ports, and owns their start and stop. */
import { createPublicKey } from 'node:crypto';
import type { HttpListener, Ports, ServerHandlers } from '@fillwright/runtime/ports';
import { Account, type ApiKey } from './account/account.ts';
import { ControlApi } from './control/control-api.ts';
import type { ControlledVenue } from './control/controlled-venue.ts';
import { EXTERNAL } from './control/market-moves.ts';
import { Countdowns } from './engine/countdowns.ts';
import { Engine } from './engine/engine.ts';
import { Funding } from './engine/funding.ts';
import { VenueClock } from './engine/venue-clock.ts';
import { FaultDesk } from './fault/fault-desk.ts';
import { Flow } from './flow/flow.ts';
import type { Venue } from './http/endpoint.ts';
import { Pipeline } from './http/pipeline.ts';
import { RateLimits } from './http/rate-limits.ts';
import { WebSocketApi } from './http/web-socket-api.ts';
import { Market, UpdateIds } from './market/market.ts';
import { symbolSpec } from './market/symbol-spec.ts';
import { Prng } from './numbers/prng.ts';
import { trimmedText, unitsOf } from './numbers/units.ts';
import type { AccountOptions, SimulatorOptions } from './options/options.ts';
import type { Route } from './stream/connection.ts';
import { Hub } from './stream/hub.ts';
import { ListenKeys } from './stream/listen-keys.ts';
import { MarketStreams } from './stream/market-streams.ts';
import { StreamServer } from './stream/stream-server.ts';
import { UserStreams } from './stream/user-streams.ts';
import { VenueLog } from './venue-log/venue-log.ts';

export type SimulatorPorts = Pick<Ports, 'clock' | 'random' | 'httpServer' | 'log' | 'disk'>;

/** What a client needs to know to connect; the line that `--json` prints. */
export interface ReadyInfo {
  readonly ready: true;
  readonly futures: { readonly rest: string; readonly ws: string; readonly wsApi: string };
  readonly control: { readonly url: string; readonly token: string };
  readonly accounts: readonly { readonly name: string; readonly key: string; readonly secret: string }[];
  readonly symbols: readonly { readonly symbol: string; readonly flow: string; readonly markPrice: string }[];
}

const LOOPBACK = '127.0.0.1';
/** Idle ones must not keep others out; beyond it new connections are closed at once. */
const MOST_CONNECTIONS = 10_000;
const HOUSE_FEES = { maker: 0n, taker: 0n } as const;

export class ExchangeSimulator {
  /** For tests and the simulated world: the core, without any socket between. */
  readonly engine: Engine;
  readonly faults: FaultDesk;
  readonly #ports: SimulatorPorts;
  readonly #options: SimulatorOptions;
  readonly #token: string;
  readonly #clock: VenueClock;
  readonly #venue: Venue;
  readonly #hub = new Hub();
  readonly #listenKeys: ListenKeys;
  readonly #marketStreams: MarketStreams;
  readonly #flows = new Map<string, Flow>();
  readonly #venueLog: VenueLog;
  readonly #funding: Funding;
  readonly #futures: ServerHandlers;
  readonly #control: ControlApi;
  #listeners: readonly HttpListener[] = [];
  #externalIds = 0;
  #state: 'starting' | 'ready' | 'stopping' = 'starting';

  /** @throws RangeError when an option is not usable, naming the symbol or account. */
  constructor(ports: SimulatorPorts, options: SimulatorOptions) {
    this.#ports = ports;
    this.#options = options;
    const { seed } = options;
    this.#token = options.controlToken ?? Buffer.from(ports.random.bytes(16)).toString('hex');
    this.#clock = new VenueClock(ports.clock, options.clockSkewMs);
    this.engine = new Engine(this.#clock);
    this.#funding = new Funding(this.#clock, this.engine);
    this.faults = new FaultDesk(new Prng(seed, 'faults'));
    const accountsByKey = this.#addAccounts();
    const house = this.#addMarketsAndHouse();
    for (const market of this.engine.markets()) {
      if (market.spec.options.flow === 'none') continue;
      this.#flows.set(market.spec.symbol, new Flow(this.#clock, this.engine, market, house, seed));
    }
    this.#listenKeys = new ListenKeys(this.#clock, new Prng(seed, 'listen keys'), options.streams.listenKeyLifeMs);
    const file = options.venueLog === undefined ? undefined : ports.disk.open(options.venueLog);
    this.#venueLog = new VenueLog(this.#clock, file, ports.log);
    this.#marketStreams = new MarketStreams(this.#clock, this.engine, this.#hub);
    this.#hub.listener = this.#marketStreams;
    const userStreams = new UserStreams(
      this.#hub,
      this.#listenKeys,
      this.faults,
      new Prng(seed, 'user events'),
      options.accountUpdateOrder,
    );
    this.#listenKeys.onExpired = (key) => userStreams.keyExpired(key, this.engine.nowMs());
    for (const listener of [this.#venueLog, userStreams, this.#marketStreams, this.engine.algo]) this.engine.listen(listener);
    this.#venue = {
      engine: this.engine,
      options,
      limits: new RateLimits(options.limits),
      listenKeys: this.#listenKeys,
      countdowns: new Countdowns(this.#clock, this.engine),
      prng: new Prng(seed, 'venue'),
    };
    this.#futures = this.#handlers(accountsByKey);
    this.#control = new ControlApi(this.#controlled(), this.#token);
  }

  #addAccounts(): ReadonlyMap<string, Account> {
    const byKey = new Map<string, Account>();
    for (const options of this.#options.accounts) {
      const apiKey = apiKeyOf(options);
      if (byKey.has(apiKey.key)) throw new RangeError(`account ${options.name}: API key is used by another account`);
      const fees = { maker: unitsOf(options.makerFee ?? '0.0002'), taker: unitsOf(options.takerFee ?? '0.0005') };
      const alias = new Prng(options.name, 'alias').text(6);
      const account = new Account({ name: options.name, alias, apiKey, fees, house: false, wallet: unitsOf(options.balanceUsdt) });
      // The opening balance came in now: clients skip assets that were never touched.
      account.walletUpdatedMs = this.engine.nowMs();
      this.engine.addAccount(account);
      byKey.set(apiKey.key, account);
    }
    return byKey;
  }

  #addMarketsAndHouse(): { readonly maker: Account; readonly taker: Account } {
    const updateIds = new UpdateIds();
    for (const options of this.#options.symbols) this.engine.addMarket(new Market(symbolSpec(options), updateIds));
    const [maker, taker, external] = ['house-maker', 'house-taker', EXTERNAL].map((name) => {
      return new Account({ name, alias: name, fees: HOUSE_FEES, house: true, wallet: 0n });
    }) as [Account, Account, Account];
    for (const account of [maker, taker, external]) this.engine.addAccount(account);
    return { maker, taker };
  }

  #handlers(accountsByKey: ReadonlyMap<string, Account>): ServerHandlers {
    const shared = { clock: this.#clock, venue: this.#venue, accountsByKey, faults: this.faults, log: this.#venueLog };
    const pipeline = new Pipeline(shared);
    const webSocketApi = new WebSocketApi(shared);
    const streams = new StreamServer(this.#clock, this.#hub, new Prng(this.#options.seed, 'deliveries'), this.#options);
    return {
      request: (request) => pipeline.handle(request),
      socket: (upgrade, socket) => webSocketApi.accept(upgrade, socket) ?? streams.accept(upgrade, socket),
    };
  }

  #controlled(): ControlledVenue {
    return {
      engine: this.engine,
      clock: this.#clock,
      faults: this.faults,
      hub: this.#hub,
      listenKeys: this.#listenKeys,
      fund: (market) => this.#funding.settle(market),
      setFlow: (running, symbol) => this.setFlow(running, symbol),
      flowing: (symbol) => this.#flows.get(symbol)?.running === true,
      nextExternalId: () => {
        this.#externalIds += 1;
        return this.#externalIds;
      },
      summary: () => ({
        ...{ timeUs: this.#clock.wallUs(), seed: this.#options.seed, feesCollected: trimmedText(this.engine.settlement.feesCollected, 8) },
        connections: [...this.#hub.connections()].length,
      }),
    };
  }

  /** Starts or pauses synthetic flow; returns the symbols that flow now. */
  setFlow(running: boolean, symbol?: string): string[] {
    for (const [name, flow] of this.#flows) {
      if (symbol !== undefined && symbol !== name) continue;
      if (running) flow.start();
      else flow.pause();
    }
    return [...this.#flows].filter(([, flow]) => flow.running).map(([name]) => name);
  }

  /** Subscriptions that are delivered on a route now: what a test waits for before it trades. */
  deliveries(route: Route): number {
    return this.#hub.deliveries(route);
  }

  /** Resolves when both listeners accept connections. @throws AppError `RUN_PORT_IN_USE` (as a rejection). */
  async start(): Promise<void> {
    const { host, futuresPort, controlPort } = this.#options;
    const { httpServer, log } = this.#ports;
    const futures = await httpServer.listen({ host, port: futuresPort, maxConnections: MOST_CONNECTIONS }, this.#futures);
    this.#listeners = [futures];
    const control = await httpServer.listen({ host: LOOPBACK, port: controlPort }, { request: (request) => this.#control.handle(request) });
    this.#listeners = [futures, control];
    this.setFlow(true);
    this.#funding.start();
    this.#state = 'ready';
    log.info('venue-open', { futuresPort: futures.port, controlPort: control.port, seed: this.#options.seed });
  }

  /** Closes all connections, writes the venue log's closing lines. Idempotent. */
  async stop(_reason = 'stop'): Promise<{ readonly clean: boolean; readonly left: readonly string[] }> {
    if (this.#state === 'stopping') return { clean: true, left: [] };
    this.#state = 'stopping';
    this.setFlow(false);
    for (const connection of this.#hub.connections()) connection.cut();
    for (const listener of this.#listeners) await listener.close();
    this.#marketStreams.stop();
    this.#listenKeys.stop();
    this.#funding.stop();
    this.#venue.countdowns.stop();
    this.engine.stop();
    this.#venueLog.end(this.engine);
    return { clean: true, left: [] };
  }

  health(): { readonly ready: boolean; readonly state: 'starting' | 'ready' | 'stopping'; readonly reasons: readonly string[] } {
    const ready = this.#state === 'ready';
    return { ready, state: this.#state, reasons: ready ? [] : [`the venue is ${this.#state}`] };
  }

  /** Where it listens and with what to log in; only after `start`. */
  get info(): ReadyInfo {
    const [futures, control] = this.#listeners;
    if (futures === undefined || control === undefined) throw new Error('the venue is not open: await start() first');
    const host = futures.host === '0.0.0.0' ? LOOPBACK : futures.host;
    const base = `${host}:${futures.port}`;
    return {
      ready: true,
      futures: { rest: `http://${base}`, ws: `ws://${base}`, wsApi: `ws://${base}/ws-fapi/v1` },
      control: { url: `http://${LOOPBACK}:${control.port}/__sim`, token: this.#token },
      accounts: this.#options.accounts.map(({ name, apiKey, apiSecret }) => ({ name, key: apiKey, secret: apiSecret ?? '' })),
      symbols: [...this.engine.markets()].map(({ spec, mark }) => {
        return { symbol: spec.symbol, flow: spec.options.flow, markPrice: trimmedText(mark) };
      }),
    };
  }
}

function apiKeyOf({ name, apiKey, apiSecret, publicKeyPem }: AccountOptions): ApiKey {
  if (publicKeyPem === undefined) {
    if (apiSecret === undefined || apiSecret === '') throw new RangeError(`account ${name}: needs an API secret or a public key`);
    return { type: 'hmac', key: apiKey, secret: apiSecret };
  }
  const publicKey = createPublicKey(publicKeyPem);
  const type = publicKey.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ed25519') throw new RangeError(`account ${name}: public key must be RSA or Ed25519, not ${type}`);
  return { type, key: apiKey, publicKey };
}
