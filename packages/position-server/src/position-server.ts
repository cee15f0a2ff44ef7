/**
 * Keeps the ledger of one account: books what the engine's journal says, each event once over all crashes, and tells traders and the
 * engine where the account stands. It never repairs anything by itself: in doubt it halts and says why.
 */
import type { InstrumentId } from '@fillwright/domain';
import { accountTopic, type Message } from '@fillwright/messages';
import {
  AppError,
  type Database,
  type ExclusiveLock,
  FeedPublisher,
  failureOf,
  type Health,
  nextEpoch,
  type Ports,
  type PublisherState,
  Sender,
  type Service,
  ServiceServer,
  type StopReport,
  type Timer,
} from '@fillwright/runtime';
import { JournalFeed } from './feeds/journal-feed.ts';
import { eventText } from './feeds/journal-proof.ts';
import { MarketWatch } from './feeds/market-watch.ts';
import { Marks } from './feeds/marks.ts';
import { Publications, type Stream } from './feeds/publications.ts';
import { Ledger } from './ledger/ledger.ts';
import { LedgerMetrics } from './ledger/ledger-metrics.ts';
import type { PositionServerOptions } from './options.ts';

const VERSION = '0.1.0';
const TICK_MS = 1_000;
/** What a disk must take before a ledger that it refused is started again. */
const ROOM_FILE = 'room-check';
const ROOM_BYTES = 1024 * 1024;
/** Longest reason in a heartbeat. */
const MAX_REASON = 200;

interface Sockets {
  readonly publishers: Readonly<Record<Stream, FeedPublisher>>;
  readonly service: ServiceServer;
}

/** What exists between start and stop. */
interface Parts {
  readonly ledger: Ledger;
  readonly publications: Publications;
  readonly journal: JournalFeed;
  readonly market: MarketWatch;
}

export class PositionServer implements Service {
  readonly #ports: Ports;
  readonly #options: PositionServerOptions;
  readonly #marks: Marks;
  readonly #metrics: LedgerMetrics;
  readonly #topics: Readonly<Record<Stream, string>>;
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #halted: { readonly code: string; readonly reason: string } | undefined;
  /** It halted because the disk took nothing more. */
  #waitsForRoom = false;
  #lock: ExclusiveLock | undefined;
  #database: Database | undefined;
  #sockets: Sockets | undefined;
  #parts: Parts | undefined;
  #timer: Timer | undefined;
  /** Told when the disk that refused the ledger takes it again: the process ends, and its next life goes on from what is stored. */
  onMended: () => void = () => undefined;

  constructor(ports: Ports, options: PositionServerOptions) {
    const { exchange, account } = options;
    this.#ports = ports;
    this.#options = options;
    this.#marks = new Marks(ports.clock);
    this.#metrics = new LedgerMetrics(ports.metrics);
    this.#topics = { position: accountTopic('position', exchange, account), ledger: accountTopic('ledger', exchange, account) };
  }

  /** @throws AppError `RUN_LOCKED`, `POS_LEDGER_DAMAGED`, `POS_LEDGER_VERSION`, `RUN_PORT_IN_USE` … */
  async start(): Promise<void> {
    const { store, clock, disk, log } = this.#ports;
    const { processName: src, exchange, account } = this.#options;
    this.#lock = store.lock('position-server.lock');
    this.#database = store.open('ledger.sqlite');
    const ledger = new Ledger(this.#database);
    const epoch = nextEpoch(disk, clock, 'position-server.epoch');
    const sender = new Sender({ src, exchange, account, epoch }, clock);
    this.#sockets = await this.#bind(sender, ledger);
    if (this.#phase === 'stopping') return;
    const publications = new Publications(clock, ledger, this.#marks, (stream, type, data) => {
      this.#sockets?.publishers[stream].publish(this.#topics[stream], type, data);
      this.#metrics.published(type);
    });
    const journal = this.#journalFeed(sender, ledger, publications);
    const market = this.#marketWatch(sender, ledger, publications);
    this.#parts = { ledger, publications, journal, market };
    this.#phase = 'running';
    journal.start();
    this.#tick();
    log.info('position-server-started', { epoch, appliedPos: ledger.appliedPos, instruments: ledger.instruments().length });
  }

  health(): Health {
    const reasons = this.#reasons();
    const state = this.#stateFor(reasons);
    const ledger = this.#parts?.ledger;
    const funding = [...(ledger?.accountFunding() ?? [])].map(([asset, amount]) => `${amount.toFixed()} ${asset}`);
    const facts = {
      appliedPos: ledger?.appliedPos ?? 0,
      journal: this.#parts?.journal.state ?? 'asking',
      openPositions: ledger?.openPositions().positions.length ?? 0,
      fundingWithoutInstrument: funding,
      acknowledgeFailures: this.#parts?.journal.acknowledgeFailures ?? 0,
    };
    return { ready: state === 'ready', state, reasons, facts };
  }

  /** What was booked is stored already; nothing is ever left. */
  async stop(reason: string): Promise<StopReport> {
    if (this.#phase !== 'stopping') this.#ports.log.info('position-server-stopping', { reason });
    this.#phase = 'stopping';
    const [sockets, parts] = [this.#sockets, this.#parts];
    this.#sockets = undefined;
    this.#timer?.cancel();
    parts?.publications.stop();
    for (const publisher of Object.values(sockets?.publishers ?? {})) publisher.beat();
    await Promise.all([parts?.journal.close(), parts?.market.close(), sockets?.service.close()]);
    await Promise.all(Object.values(sockets?.publishers ?? {}).map((publisher) => publisher.close()));
    this.#database?.close();
    this.#lock?.release();
    this.#lock = undefined;
    return { clean: true, left: [] };
  }

  async #bind(sender: Sender, ledger: Ledger): Promise<Sockets> {
    const { bus, clock, log, metrics } = this.#ports;
    const { endpoints } = this.#options;
    const state = () => this.#spoken();
    const publisher = async (endpoint: string, stream: Stream, ringSize?: number) =>
      new FeedPublisher({
        socket: await bus.bindPublisher(endpoint),
        clock,
        sender,
        channel: stream,
        streams: [stream],
        state,
        ...(ringSize !== undefined && { ringSize }),
      });
    const publishers = {
      position: await publisher(endpoints.positions, 'position'),
      // Each message stands for itself: an old one is of no use to anybody.
      ledger: await publisher(endpoints.enginePositions, 'ledger', 0),
    };
    const service = await ServiceServer.bind({
      bus,
      endpoint: endpoints.service,
      clock,
      sender,
      version: VERSION,
      publishers: Object.values(publishers),
      state,
      log,
      metrics,
      snapshot: (topic) => (topic === this.#topics.position ? this.#snapshot(ledger) : undefined),
    });
    for (const one of Object.values(publishers)) one.start();
    return { publishers, service };
  }

  #journalFeed(sender: Sender, ledger: Ledger, publications: Publications): JournalFeed {
    const { exchange, account, endpoints } = this.#options;
    return new JournalFeed(this.#ports, sender, {
      topic: accountTopic('account', exchange, account),
      endpoint: endpoints.tradeEvents,
      serviceEndpoint: endpoints.engineService,
      applied: () => ledger.applied,
      makeDurable: (done) => this.#makeDurable(ledger, done),
      onEvent: (message) => this.#guarded(() => this.#apply(message, ledger, publications)),
      onChange: () => {
        publications.live = this.#parts?.journal.state === 'live' && !this.#halted;
      },
      onHalt: (code, reason) => this.#halt(code, reason),
    });
  }

  #marketWatch(sender: Sender, ledger: Ledger, publications: Publications): MarketWatch {
    const { exchange, account, endpoints } = this.#options;
    return new MarketWatch(this.#ports, sender, {
      exchange,
      account,
      endpoints: endpoints.market,
      serviceEndpoint: endpoints.marketService,
      onMark: (mark) => {
        this.#marks.take(mark);
        publications.markChanged(mark.instrument);
      },
      onSettleAssets: (assets) => this.#guarded(() => this.#settle(assets, ledger, publications)),
    });
  }

  /** Refused by the disk: the journal is kept, and the next event that cannot be booked says so. */
  #makeDurable(ledger: Ledger, done: (isDurable: boolean) => void): void {
    try {
      ledger.makeDurable(done);
    } catch (error) {
      this.#ports.log.warn('ledger-not-durable', { error });
      done(false);
    }
  }

  #apply(message: Message, ledger: Ledger, publications: Publications): void {
    const { pos } = message;
    if (pos === undefined || pos <= ledger.appliedPos) return;
    const startedUs = this.#ports.clock.monotonicUs();
    const event = eventText(message);
    if (message.type === 'account.fill') {
      const { fill } = message.data;
      const result = ledger.fill(fill, pos, event);
      if (result === 'contradicts') this.#ports.log.error('fill-contradicts', { code: 'POS_FILL_CONTRADICTS', pos, event });
      if (result === 'booked') publications.positionChanged(fill.instrument);
      this.#metrics.applied(result, pos);
    } else if (message.type === 'account.balance') {
      ledger.balance(message.data, pos, event);
      const { asset, instrument, cause } = message.data;
      publications.balanceChanged(asset);
      if (cause === 'funding' && instrument) publications.positionChanged(instrument);
      this.#metrics.applied('balance', pos);
    } else {
      ledger.skip(pos, event);
      this.#metrics.applied('nothing', pos);
    }
    publications.applied();
    this.#metrics.took(this.#ports.clock.monotonicUs() - startedUs);
  }

  #settle(assets: ReadonlyMap<InstrumentId, string>, ledger: Ledger, publications: Publications): void {
    const traded = new Set(ledger.instruments());
    for (const instrument of ledger.settle(assets)) if (traded.has(instrument)) publications.positionChanged(instrument);
  }

  /** A ledger that cannot be written is not written any further. */
  #guarded(work: () => void): void {
    if (this.#halted) return;
    try {
      work();
    } catch (error) {
      const { code, message } = failureOf(error);
      this.#waitsForRoom = isDiskTrouble(error);
      const next = this.#waitsForRoom ? 'make room: it ends by itself then, to be started again' : 'mend the cause and start again';
      this.#halt(code, `an event could not be booked: ${message}; nothing of it is lost: ${next}`);
    }
  }

  #halt(code: string, reason: string): void {
    if (this.#halted) return;
    this.#halted = { code, reason };
    this.#ports.log.error('position-server-halted', { code, reason });
    const parts = this.#parts;
    parts?.publications.stop();
    void parts?.journal.close();
    for (const publisher of Object.values(this.#sockets?.publishers ?? {})) publisher.beat();
  }

  #tick(): void {
    this.#timer = this.#ports.clock.after(TICK_MS, () => {
      this.#tick();
      this.#parts?.publications.tick();
      if (this.#waitsForRoom && this.#hasRoom()) this.onMended();
    });
  }

  #hasRoom(): boolean {
    const { disk } = this.#ports;
    try {
      disk.writeAtomic(ROOM_FILE, new Uint8Array(ROOM_BYTES));
      disk.remove(ROOM_FILE);
      return true;
    } catch {
      // Still refused: it was said once, health goes on saying it.
      return false;
    }
  }

  #snapshot(ledger: Ledger) {
    const instruments = ledger.instruments();
    return {
      positions: instruments.map((instrument) => ledger.position(instrument, this.#marks.of(instrument))),
      books: instruments.flatMap((instrument) => ledger.books(instrument)),
      balances: [...ledger.balances()],
      appliedPos: ledger.appliedPos,
    };
  }

  /** As heartbeats carry it. */
  #spoken(): PublisherState {
    const { state, reasons } = this.health();
    return { state, reasons: reasons.map((reason) => reason.slice(0, MAX_REASON)) };
  }

  #stateFor(reasons: readonly string[]): Health['state'] {
    if (this.#phase === 'stopping') return 'stopping';
    if (this.#halted) return 'halted';
    if (this.#phase === 'starting') return 'starting';
    const journal = this.#parts?.journal.state;
    if (journal === 'asking' || journal === 'catching-up') return 'syncing';
    return reasons.length === 0 ? 'ready' : 'degraded';
  }

  #reasons(): readonly string[] {
    if (this.#phase === 'stopping') return ['stopping'];
    if (this.#halted) return [`${this.#halted.code}: ${this.#halted.reason}`];
    const parts = this.#parts;
    if (!parts) return ['starting'];
    const { ledger, journal } = parts;
    const isLive = journal.state === 'live';
    return [
      ...(isLive ? [] : [`the engine's events (${journal.state}): ${journal.why}`]),
      ...ledger
        .openPositions()
        .positions.filter(({ instrument }) => !this.#marks.of(instrument))
        .map(({ instrument }) => `no mark price of ${instrument} for 10 s: open profit is not known; is the market-server running?`),
      ...ledger
        .instruments()
        .filter((instrument) => ledger.settleAsset(instrument) === undefined)
        .map((instrument) => `the market-server has not told yet in which asset ${instrument} settles`),
    ];
  }
}

/** SQLite's own words for a disk that is read-only, broken or full; whatever else is wrong, a new start would not mend. */
const SQLITE_DISK_TROUBLE: readonly number[] = [8, 10, 13];

function isDiskTrouble(error: unknown): boolean {
  const sqlite = error instanceof AppError ? error.details?.sqlite : undefined;
  // The low byte is the primary code: https://sqlite.org/rescode.html
  return typeof sqlite === 'number' && SQLITE_DISK_TROUBLE.includes(sqlite & 0xff);
}
