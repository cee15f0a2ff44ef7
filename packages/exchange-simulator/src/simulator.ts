/** The venue as one service: a core behind two listeners, its clock, its log, its state in files, and their start and stop. */
import {
  AppError,
  type Clock,
  type Disk,
  DiskError,
  type HttpClient,
  type HttpListener,
  type Ports,
  type WebSocketConnector,
} from '@fillwright/runtime/ports';
import { clockSource } from './clock/clock-options.ts';
import { SteppedClock } from './clock/stepped-clock.ts';
import { ControlApi } from './control/control-api.ts';
import type { ControlledVenue } from './control/controlled-venue.ts';
import { VenueCore } from './core/venue-core.ts';
import type { Engine } from './engine/engine.ts';
import type { FaultDesk } from './fault/fault-desk.ts';
import { trimmedText } from './numbers/units.ts';
import type { SimulatorOptions } from './options/options.ts';
import { parseState, stateText } from './state/venue-state.ts';
import type { Route } from './stream/connection.ts';
import { VenueLog } from './venue-log/venue-log.ts';

export interface SimulatorPorts extends Pick<Ports, 'clock' | 'random' | 'httpServer' | 'log' | 'disk'> {
  /** Where the venue log goes; absent = `disk`. */
  readonly logDisk?: Disk;
  /** Where recordings are read from; absent = `disk`. */
  readonly recordings?: Disk;
  /** To the real exchange, for paper trading. */
  readonly http?: HttpClient;
  readonly webSocket?: WebSocketConnector;
}

/** What a client needs to know to connect; the line that `--json` prints. */
export interface ReadyInfo {
  readonly ready: true;
  readonly futures: { readonly rest: string; readonly ws: string; readonly wsApi: string };
  readonly control: { readonly url: string; readonly token: string };
  readonly accounts: readonly { readonly name: string; readonly key: string; readonly secret: string }[];
  readonly symbols: readonly { readonly symbol: string; readonly flow: string; readonly markPrice: string }[];
}

const LOOPBACK = '127.0.0.1';
/** More orders, and more trades, than any symbol ever has. */
const IDS_PER_SECOND = 1_000;
/** Idle ones must not keep others out; beyond it new connections are closed at once. */
const MOST_CONNECTIONS = 10_000;

export class ExchangeSimulator {
  readonly #ports: SimulatorPorts;
  readonly #options: SimulatorOptions;
  readonly #token: string;
  readonly #venueLog: VenueLog;
  #source: Clock;
  #core: VenueCore;
  #control: ControlApi;
  #listeners: readonly HttpListener[] = [];
  #state: 'starting' | 'ready' | 'stopping' = 'starting';

  /** @throws RangeError when an option is not usable, naming the symbol or account. */
  constructor(ports: SimulatorPorts, options: SimulatorOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#token = options.controlToken ?? Buffer.from(ports.random.bytes(16)).toString('hex');
    this.#source = clockSource(options.clock, ports.clock);
    const file = options.venueLog === undefined ? undefined : (ports.logDisk ?? ports.disk).open(options.venueLog);
    this.#venueLog = new VenueLog(() => this.#source.wallUs() + (this.#core?.clock.skewMs ?? options.clockSkewMs) * 1000, file, ports.log);
    this.#core = this.#build(this.#source);
    this.#control = this.#controlBy(this.#core);
  }

  #build(source: Clock): VenueCore {
    const { log, disk, recordings = disk, http, webSocket } = this.#ports;
    const upstream = http === undefined || webSocket === undefined ? {} : { http, webSocket };
    const feedPorts = { log, recordings, ...upstream };
    return new VenueCore({ source, options: this.#options, venueLog: this.#venueLog, feedPorts });
  }

  /** For tests and the simulated world: the core, without any socket between. */
  get engine(): Engine {
    return this.#core.engine;
  }

  get faults(): FaultDesk {
    return this.#core.faults;
  }

  #controlBy(core: VenueCore): ControlApi {
    return new ControlApi(this.#controlled(core), this.#token, this.#ports.clock);
  }

  #controlled(core: VenueCore): ControlledVenue {
    return {
      ...{ engine: core.engine, clock: core.clock, faults: core.faults, hub: core.hub, listenKeys: core.listenKeys },
      ...{ maintenance: core.maintenance, storm: core.storm, delays: core.delays },
      sockets: () => core.sockets(),
      fund: (market, special) => core.funding.settle(market, special),
      setFlow: (running, symbol) => core.setFlow(running, symbol),
      feeds: core.feeds,
      nextExternalId: () => core.externalIds.next(),
      advance: (spanMs) => this.#advance(spanMs),
      dump: (file) => this.dump(file),
      load: (file) => this.load(file),
      summary: () => ({
        ...{ timeUs: core.clock.wallUs(), seed: this.#options.seed, feesCollected: trimmedText(core.engine.settlement.feesCollected, 8) },
        ...{ connections: [...core.hub.connections()].length, clock: this.#options.clock.mode },
      }),
    };
  }

  /** Moves a stepped clock; false when the clock is none. */
  #advance(spanMs: number): boolean {
    if (!(this.#source instanceof SteppedClock)) return false;
    this.#source.advance(Math.round(spanMs * 1000));
    return true;
  }

  /** Starts or pauses what moves the books; returns the symbols that move now. */
  setFlow(running: boolean, symbol?: string): string[] {
    return this.#core.setFlow(running, symbol);
  }

  /** Subscriptions that are delivered on a route now: what a test waits for before it trades. */
  deliveries(route: Route): number {
    return this.#core.hub.deliveries(route);
  }

  /** Writes the whole state into a file of the data directory, whole or not at all. @throws DiskError */
  dump(file = this.#stateFile()): string {
    this.#ports.disk.writeAtomic(file, Buffer.from(stateText(this.#core, this.#options)));
    return file;
  }

  /**
   * Goes on from a state: clients are cut off and what was on its way is lost, as when an exchange restarts. When the file cannot be used
   * nothing has changed. @throws AppError `XSM_STATE_UNUSABLE`
   */
  load(file = this.#stateFile()): string {
    const state = parseState(this.#read(file), file, this.#options);
    const source = clockSource(this.#options.clock, this.#ports.clock, state.timeUs);
    const core = this.#build(source);
    state.into(core);
    this.#core.replace();
    this.#source = source;
    this.#core = core;
    this.#control = this.#controlBy(core);
    this.#venueLog.stateLoaded(file);
    this.#ports.log.info('state-loaded', { file });
    return file;
  }

  #stateFile(): string {
    const { stateFile } = this.#options;
    if (stateFile === undefined) throw new AppError('XSM_STATE_UNUSABLE', 'no state file is named: give one, or set STATE_FILE');
    return stateFile;
  }

  #read(file: string): string {
    const { disk } = this.#ports;
    const refuse = (why: string, cause?: unknown): never => {
      throw new AppError('XSM_STATE_UNUSABLE', `the state file ${file} cannot be used: ${why}`, { cause });
    };
    try {
      if (!disk.exists(file)) return refuse('there is no such file in the data directory');
      return Buffer.from(disk.readWhole(file)).toString('utf8');
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return refuse(`it cannot be read (${error.code})`, error);
    }
  }

  /** Resolves when both listeners accept connections. @throws AppError `RUN_PORT_IN_USE`, `XSM_STATE_UNUSABLE` (as a rejection). */
  async start(): Promise<void> {
    const { host, futuresPort, controlPort, stateFile, tls } = this.#options;
    const { httpServer, log, disk } = this.#ports;
    const resumed = stateFile !== undefined && disk.exists(stateFile);
    if (resumed) this.load(stateFile);
    const futures = await httpServer.listen(
      { host, port: futuresPort, maxConnections: MOST_CONNECTIONS, ...(tls === undefined ? {} : { tls }) },
      {
        request: (request) => this.#core.handlers.request(request),
        socket: (upgrade, socket) => this.#core.handlers.socket?.(upgrade, socket),
      },
    );
    this.#listeners = [futures];
    const control = await httpServer.listen({ host: LOOPBACK, port: controlPort }, { request: (request) => this.#control.handle(request) });
    this.#listeners = [futures, control];
    if (!resumed) {
      if (this.#options.freshIds) this.#skipUsedIds();
      this.#core.start();
    }
    this.#state = 'ready';
    log.info('venue-open', { futuresPort: futures.port, controlPort: control.port, seed: this.#options.seed });
  }

  /** Closes all connections, writes the state (when it has a file) and the venue log's closing lines. Idempotent. */
  async stop(_reason = 'stop'): Promise<{ readonly clean: boolean; readonly left: readonly string[] }> {
    if (this.#state === 'stopping') return { clean: true, left: [] };
    const left = this.#state === 'ready' ? this.#keepState() : [];
    this.#state = 'stopping';
    this.#core.setFlow(false);
    this.#core.cutConnections();
    for (const listener of this.#listeners) await listener.close();
    this.#core.stop();
    this.#venueLog.end(this.engine);
    return { clean: left.length === 0, left };
  }

  /** To above those of any earlier run: a client remembers its orders and trades, and must not take a new one for one of them. */
  #skipUsedIds(): void {
    const seconds = Math.floor(this.#ports.clock.wallUs() / 1_000_000);
    for (const market of this.engine.markets()) market.skipIds(seconds * IDS_PER_SECOND);
  }

  #keepState(): string[] {
    if (this.#options.stateFile === undefined) return [];
    try {
      this.dump();
      return [];
    } catch (error) {
      this.#ports.log.error('state-not-kept', { code: 'XSM_STATE_NOT_KEPT', file: this.#options.stateFile, error });
      return [`the state could not be written to ${this.#options.stateFile}`];
    }
  }

  health(): { readonly ready: boolean; readonly state: 'starting' | 'ready' | 'stopping'; readonly reasons: readonly string[] } {
    const ready = this.#state === 'ready';
    return { ready, state: this.#state, reasons: ready ? this.#core.troubles() : [`the venue is ${this.#state}`] };
  }

  /** Where it listens and with what to log in; only after `start`. */
  get info(): ReadyInfo {
    const [futures, control] = this.#listeners;
    if (futures === undefined || control === undefined) throw new Error('the venue is not open: await start() first');
    const host = futures.host === '0.0.0.0' ? LOOPBACK : futures.host;
    const secure = this.#options.tls === undefined ? '' : 's';
    const base = `${secure}://${host}:${futures.port}`;
    return {
      ready: true,
      futures: { rest: `http${base}`, ws: `ws${base}`, wsApi: `ws${base}/ws-fapi/v1` },
      control: { url: `http://${LOOPBACK}:${control.port}/__sim`, token: this.#token },
      accounts: this.#options.accounts.map(({ name, apiKey, apiSecret }) => ({ name, key: apiKey, secret: apiSecret ?? '' })),
      symbols: [...this.engine.markets()].map(({ spec, mark }) => {
        return { symbol: spec.symbol, flow: spec.options.flow, markPrice: trimmedText(mark) };
      }),
    };
  }
}
