/**
 * The engine of one exchange account: the only process that holds its keys and sends its orders. Owns the journal; everything it
 * tells others is a publication of that journal. Wires its parts and keeps their state machine: starting → syncing → ready.
 */
import { type AccountId, type InstrumentId, type Reason, usTime } from '@fillwright/domain';
import type { CommandAnswer, Message } from '@fillwright/messages';
import { type Health, JournalError, nextEpoch, type Ports, type Service, type StopReport, type Timer } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { ExecutionAdapter, PositionReport } from '@fillwright/venue';
import { AccountBook } from './account/account-book.ts';
import { encodeRecord } from './account/record-codec.ts';
import { restartEvents } from './account/restart.ts';
import { Storage } from './account/storage.ts';
import { type ControlRequest, ordersMeant } from './control-desk.ts';
import { assembleParts, type Parts } from './engine-parts.ts';
import type { ControlResult } from './feeds/engine-feeds.ts';
import { LedgerWatch } from './feeds/ledger-watch.ts';
import { MarketView } from './feeds/market-view.ts';
import type { EngineOptions } from './options.ts';
import { EmergencyDesk } from './order/emergency-desk.ts';
import { EXTERNAL } from './order/report-desk.ts';
import type { SettleRequest } from './order/settle-desk.ts';
import { inDoubt } from './recovery/resolver.ts';
import { Breaker } from './risk/breaker.ts';
import { HaltMarker } from './risk/halt-marker.ts';
import { UnknownWatch } from './risk/unknown-watch.ts';
import { type Facts, modeOf, reasonsOf, stateOf } from './standing.ts';
import { VENUE_BAN } from './venue-guard.ts';

const PREPARE_RETRY_MS = 2_000;
const NOT_RUNNING: ControlResult = { code: 'ENG_NOT_RUNNING', text: 'the engine is not running, or cannot write its journal' };
const STATE_EVERY_MS = 1_000;
/** What a disk must take before an engine that it refused is started again. */
const ROOM_FILE = 'room-check';
const ROOM_BYTES = 1024 * 1024;

export class TradingEngine implements Service {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #adapter: ExecutionAdapter;
  readonly #book = new AccountBook();
  readonly #market: MarketView;
  readonly #ledger: LedgerWatch;
  readonly #breaker: Breaker;
  readonly #marker: HaltMarker;
  readonly #unknowns: UnknownWatch;
  #phase: Facts['phase'] = 'starting';
  #broken: unknown;
  #prepared = false;
  #unprepared: Reason | undefined;
  #storage: Storage | undefined;
  #parts: Parts | undefined;
  #stateTimer: Timer | undefined;
  #prepareTimer: Timer | undefined;
  /** Told when the engine can not go on: the process ends then. */
  onBroken: (error: unknown) => void = () => undefined;
  #emergency: EmergencyDesk | undefined;
  #stopped: Promise<StopReport> | undefined;

  constructor(ports: Ports, options: EngineOptions, adapter: ExecutionAdapter) {
    this.#ports = ports;
    this.#options = options;
    this.#adapter = adapter;
    this.#market = new MarketView(ports.clock, options.risk.staleMs);
    this.#ledger = new LedgerWatch({ clock: ports.clock, log: ports.log, book: this.#book, staleMs: options.risk.staleMs });
    this.#breaker = new Breaker(ports.clock, ports.log);
    this.#marker = new HaltMarker(ports.disk, ports.log);
    this.#unknowns = new UnknownWatch(this.#book, ports.clock, ports.metrics);
  }

  get account(): AccountId {
    return this.#options.account;
  }

  async start(): Promise<void> {
    if (this.#stopped) return;
    const { disk, clock, log } = this.#ports;
    const storage = new Storage(this.#ports, this.#options, this.#book);
    this.#storage = storage;
    this.#ledger.begin(this.#book.lastFillPos);
    const epoch = nextEpoch(disk, clock, 'engine.epoch');
    const parts = this.#assemble(storage, epoch);
    this.#parts = parts;
    parts.context.records.write({ k: 'boot', ts: clock.wallUs(), epoch });
    for (const { clientOrderId, body } of restartEvents(this.#book.liveOrders())) {
      const isDenied = body.type === 'outcome-unknown' && mutated(this.#ports, 'sent-orders-denied-at-restart');
      parts.context.records.order(clientOrderId, isDenied ? { ...body, type: 'denied' } : body);
    }
    parts.control.latchMarker();
    log.info('engine-starting', { epoch, pos: this.#book.lastPos, liveOrders: this.#book.liveCount, mode: this.#book.mode });
    await parts.feeds.start();
    // Told to stop, or broken, while the sockets were being bound.
    if (this.#phase !== 'starting') {
      await parts.feeds.stop();
      return;
    }
    this.#phase = 'running';
    storage.keeper.start();
    parts.venue.start();
    this.#prepare(parts);
    this.#tick(parts);
  }

  health(): Health {
    const standing = this.#facts();
    const state = stateOf(standing);
    return {
      ready: state === 'ready',
      state,
      reasons: reasonsOf(standing),
      facts: {
        epoch: this.#parts?.context.epoch ?? 0,
        mode: this.#book.mode,
        pos: this.#book.lastPos,
        openOrders: this.#book.liveCount,
        unknownOrders: this.#book.unknownCount,
        oldestUnknownTs: this.#unknowns.oldestTs,
        inFlight: this.#parts?.dispatcher.inFlight ?? 0,
        acknowledged: Object.fromEntries((this.#storage?.consumers.all() ?? []).map(({ name, pos }) => [name, pos])),
        ...this.#parts?.watches.facts,
        ...this.#parts?.venue.rates,
      },
    };
  }

  /** See `OrderlyStop`; without a journal, `EmergencyDesk`. */
  stop(reason: string): Promise<StopReport> {
    this.#stopped ??= this.#stop(reason);
    return this.#stopped;
  }

  async #stop(reason: string): Promise<StopReport> {
    const parts = this.#parts;
    if (!parts) {
      this.#storage?.close();
      return { clean: true, left: [] };
    }
    this.#ports.log.info('engine-stopping', { reason, liveOrders: this.#book.liveCount });
    if (this.#phase !== 'broken') await this.#cancelOwn(parts);
    // Now, or by what the stop itself found: a journal that refuses the cancels.
    if (this.#phase === 'broken') await this.#cancelInEmergency();
    this.#prepareTimer?.cancel();
    this.#stateTimer?.cancel();
    parts.audit.stop();
    parts.fullPass.stop();
    parts.missing.stop();
    parts.resolver.stop();
    parts.instruments.stop();
    parts.recovery.stop();
    parts.context.lanes.stop();
    parts.context.inputs.close();
    await this.#adapter.close();
    // JOURNAL_SYNC=full: what waits to be safe is published before the sockets go.
    if (this.#phase !== 'broken' && this.#options.journalSync === 'full') parts.writer.flush();
    await parts.feeds.stop();
    this.#storage?.keeper.stop();
    if (this.#phase !== 'broken') this.#storage?.keeper.takeLast();
    // A sync that ends later must not ask a closed journal for the next one.
    parts.writer.close();
    this.#storage?.close();
    const left = parts.orderlyStop.left((id) => this.#emergency?.isCanceled(id) === true);
    return { clean: left.length === 0 && this.#broken === undefined, left };
  }

  async #cancelOwn(parts: Parts): Promise<void> {
    this.#phase = 'stopping';
    const quiet = parts.orderlyStop.begin();
    this.#publishState(parts);
    await quiet;
    // Broken meanwhile, it shall strike.
    if (this.#broken === undefined) await parts.watches.release();
  }

  /** Without a journal, or with an invariant broken: the one thing that is always right. */
  async #cancelInEmergency(): Promise<void> {
    this.#emergency?.cancelOwned((order) => order.owner !== EXTERNAL);
    const spent = new Promise<void>((resolve) => void this.#ports.clock.after(this.#options.stopBudgetMs, resolve));
    await Promise.race([this.#emergency?.settled(), spent]);
  }

  #assemble({ journal, consumers }: Storage, epoch: number): Parts {
    const parts = assembleParts({
      ports: this.#ports,
      options: this.#options,
      adapter: this.#adapter,
      book: this.#book,
      market: this.#market,
      ledger: this.#ledger,
      journal,
      consumers,
      epoch,
      ledgerStartTs: () => usTime(this.#book.ledgerStartTs),
      marker: this.#marker,
      gate: (instrument, reducing, owner) => this.#gate(instrument, reducing, owner),
      onBroken: (error) => this.#break(error),
      feeds: {
        onMessage: (message) => this.#receive(message),
        onControl: (request) => this.#control(request),
        onSettle: (request) => this.#settle(request),
        health: () => this.health(),
        acknowledge: (consumer, pos) => consumers.acknowledge(consumer, pos),
      },
    });
    parts.control.onMode = () => this.#publishState(parts);
    this.#breaker.onChange = () => this.#publishState(parts);
    parts.reports.onOrderChanged = (order) => {
      parts.dispatcher.orderChanged(order);
      parts.instruments.seen(order.terms.instrument);
      parts.orderlyStop.look();
    };
    parts.dispatcher.onOutcome = (outcome, isNew) => {
      // Not proven is no error yet: the stream may tell soon.
      if (isNew && outcome.type === 'refused' && outcome.retry && outcome.reason.code !== VENUE_BAN)
        this.#failed(parts, outcome.reason.code);
      else if (outcome.type === 'confirmed' || (outcome.type === 'refused' && !outcome.retry)) this.#breaker.succeeded();
      if (outcome.type === 'refused') parts.venue.look();
      parts.orderlyStop.look();
    };
    // A cancel that met its order filled is answered "no such order" as well; that is no failure, and the stream tells of it in time.
    parts.resolver.onStillUnknown = (id) => {
      if (!parts.dispatcher.isEcho(id)) this.#failed(parts, 'outcome unknown');
    };
    parts.recovery.onUp = (positions) => {
      this.#breaker.recovered();
      this.#synced(parts, positions);
      parts.fullPass.recovered();
    };
    return parts;
  }

  #synced({ context, resolver, dispatcher, audit }: Parts, positions: readonly PositionReport[]): void {
    for (const order of this.#book.liveOrders()) {
      if (order.phase === 'unknown' && mutated(this.#ports, 'commands-run-again'))
        void this.#adapter.submit({ clientOrderId: order.clientOrderId, terms: order.terms });
      if (inDoubt(order)) resolver.watch(order.clientOrderId);
      else dispatcher.orderChanged(order);
    }
    audit.compare(positions);
    this.#look();
    context.log.info('engine-synced', { openOrders: this.#book.liveCount });
  }

  /** Server time, instruments, account mode; asked until answered. */
  #prepare(parts: Parts): void {
    const { inputs, log, instruments } = parts.context;
    void inputs.after(this.#adapter.prepare(), (outcome) => {
      if (this.#phase !== 'running') return;
      if (outcome.type !== 'confirmed') {
        this.#unprepared = outcome.reason;
        log.error('venue-not-ready', { code: 'ENG_VENUE_NOT_READY', reason: outcome.reason, nextMs: PREPARE_RETRY_MS });
        this.#prepareTimer = this.#ports.clock.after(PREPARE_RETRY_MS, () => this.#prepare(parts));
        return;
      }
      for (const instrument of outcome.value.instruments) instruments.set(instrument.id, instrument);
      log.info('venue-ready', { instruments: instruments.size, clockOffsetMs: outcome.value.clockOffsetMs });
      this.#prepared = true;
      parts.venue.prepared();
      parts.audit.start();
      parts.instruments.start();
      parts.fullPass.start();
      parts.recovery.trigger('start');
    });
  }

  #receive(message: Message): void {
    const parts = this.#parts;
    if (!parts) return;
    if (!this.#emergency) {
      parts.context.inputs.run(() => this.#message(parts, message));
      return;
    }
    const answer = this.#emergency.command(message);
    // Of an order whose records may be gone after a power cut nothing is told: its trader asks again.
    const isSafe = parts.writer.durablePos >= this.#book.lastPos;
    if (answer && (isSafe || answer.order === undefined)) parts.feeds.answer(answer, message.id);
  }

  #message(parts: Parts, message: Message): void {
    const { desk } = parts;
    parts.watches.heard(message);
    parts.venue.heard(message);
    const sender = { src: message.src, commandId: message.id };
    switch (message.type) {
      case 'command.place':
        this.#answer(parts, desk.place(message.data, sender));
        break;
      case 'command.cancel':
        this.#answer(parts, desk.cancel(message.data, sender));
        break;
      case 'command.modify':
        this.#answer(parts, desk.modify(message.data, sender));
        break;
      case 'command.cancel-all':
        this.#answer(parts, desk.cancelAll(message.data, sender));
        break;
      case 'command.query':
        this.#answer(parts, desk.query(message.data, sender));
        break;
      case 'market.mark':
        this.#market.mark(message.data);
        break;
      case 'ledger.positions':
        this.#ledger.ledger(message.data);
        parts.fullPass.ledger(message.data);
        break;
      default:
    }
  }

  /** Behind the events it follows from, and like them not before a power cut could no longer take them back. */
  #answer({ writer, feeds }: Parts, answer: CommandAnswer): void {
    writer.whenDurable(this.#book.lastPos, () => feeds.answer(answer, answer.commandId));
  }

  #control(request: ControlRequest): ControlResult {
    const parts = this.#parts;
    let result = NOT_RUNNING;
    if (this.#emergency) {
      const which = ordersMeant(request);
      if (!('isMeant' in which)) return result;
      const count = this.#emergency.cancelOwned(which.isMeant);
      return { text: `${count} orders concerned; the journal cannot be written`, count };
    }
    parts?.context.inputs.run(() => {
      result = parts.control.handle(request);
    });
    return result;
  }

  #settle(request: SettleRequest): ControlResult {
    const parts = this.#parts;
    let result = NOT_RUNNING;
    if (!this.#emergency)
      parts?.context.inputs.run(() => {
        result = parts.settle.handle(request);
      });
    return result;
  }

  #failed(parts: Parts, what: string): void {
    if (this.#breaker.failed(what)) parts.recovery.trigger(`API errors in a row: ${what}`);
  }

  #look(): void {
    this.#breaker.look({ streamUp: this.#parts?.recovery.up ?? false, positionsInDoubt: this.#parts?.audit.positionsInDoubt ?? true });
  }

  #gate(instrument: InstrumentId, reducing: boolean, owner: string): Reason | undefined {
    const isFlattening = this.#phase === 'stopping' && this.#parts?.flatten.isActive === true && owner === this.#parts.flatten.tag;
    if (this.#phase !== 'running' && !isFlattening) return { code: 'STOPPING', text: 'the engine is stopping' };
    this.#parts?.control.latchMarker();
    if (this.#book.mode === 'halted') return { code: 'HALTED', text: `trading is halted: ${this.#book.modeReason}` };
    if (this.#book.mode === 'paused') return { code: 'PAUSED', text: `trading is paused: ${this.#book.modeReason}` };
    const quietTs = this.#adapter.quietUntilTs;
    if (quietTs !== undefined)
      return {
        code: VENUE_BAN,
        text: `the venue wants to hear nothing from this address for another ${Math.ceil((quietTs - this.#ports.clock.wallUs()) / 1e6)} s`,
      };
    if (!this.#parts?.recovery.up) return { code: 'SYNCING', text: 'the private stream is not in sync with the account' };
    if (reducing) return undefined;
    if (this.#breaker.reason) return this.#breaker.reason;
    if (this.#book.mode === 'reduce-only') return { code: 'REDUCE_ONLY', text: `only orders that reduce: ${this.#book.modeReason}` };
    if (this.#parts.audit.positionsInDoubt) return { code: 'POSITIONS_IN_DOUBT', text: 'positions differ from the venue; looking into it' };
    return this.#parts.watches.doubt() ?? this.#parts.fullPass.doubt() ?? this.#ledger.doubt() ?? this.#market.staleness(instrument);
  }

  #facts(): Facts {
    const parts = this.#parts;
    return {
      phase: this.#phase,
      broken: this.#broken,
      prepared: this.#prepared,
      unprepared: this.#unprepared,
      recovery: {
        up: parts?.recovery.up ?? false,
        failures: parts?.recovery.failures ?? 0,
        alarmAfter: this.#options.reconnectAlarmAfter,
      },
      positionsInDoubt: parts?.audit.positionsInDoubt ?? true,
      ledger: parts?.watches.doubt() ?? parts?.fullPass.doubt() ?? this.#ledger.doubt(),
      breaker: this.#breaker.reason,
      mode: this.#book.mode,
      modeReason: this.#book.modeReason,
    };
  }

  #tick(parts: Parts): void {
    this.#stateTimer = this.#ports.clock.after(STATE_EVERY_MS, () => {
      this.#tick(parts);
      if (this.#phase === 'running' || this.#phase === 'stopping') this.#everySecond(parts);
      this.#publishState(parts);
      parts.orderlyStop.look();
      if (this.#emergency) this.#tryJournal();
    });
  }

  #everySecond({ context, control, flatten, watches, venue }: Parts): void {
    context.inputs.run(() => {
      control.latchMarker();
      flatten.look();
      watches.look(this.#phase === 'running');
      venue.look();
      this.#look();
    });
    this.#unknowns.measure();
  }

  #publishState(parts: Parts): void {
    const standing = this.#facts();
    const { lastRecovery } = this.#book;
    const { oldestTs } = this.#unknowns;
    parts.feeds.state({
      state: stateOf(standing),
      mode: modeOf(standing),
      reasons: [...reasonsOf(standing)],
      streamUp: parts.recovery.up,
      silentTraders: parts.watches.silentTraders.map(({ src, tag, policy }) => ({ src, owner: tag, policy })),
      unknownOrders: this.#book.unknownCount,
      ...(oldestTs !== undefined && { oldestUnknownTs: usTime(oldestTs) }),
      openOrders: this.#book.liveCount,
      ...parts.venue.rates,
      ...(lastRecovery && { lastReconciliation: lastRecovery }),
    });
  }

  /**
   * Nothing more is journaled or sent, the process ends, and a restart reads the journal. Only when the disk refuses the journal it stays
   * to let cancels through, until the disk takes records again: a restart would find the same disk.
   */
  #break(error: unknown): void {
    if (this.#phase === 'broken') return;
    const wasStopping = this.#phase === 'stopping';
    this.#phase = 'broken';
    this.#broken = error;
    this.#ports.log.error('engine-broken', { code: 'ENG_BROKEN', error });
    if (this.#parts) this.#emergency = new EmergencyDesk(this.#parts.context, String(error));
    if (wasStopping) this.#emergency?.cancelOwned((order) => order.owner !== EXTERNAL);
    this.#parts?.orderlyStop.abandon();
    if (error instanceof JournalError && error.code === 'JRN_WRITE_FAILED' && this.#parts) return;
    this.onBroken(error);
  }

  #tryJournal(): void {
    if (!(this.#broken instanceof JournalError) || this.#broken.code !== 'JRN_WRITE_FAILED' || !this.#storage) return;
    const record = {
      k: 'mode',
      ts: this.#ports.clock.wallUs(),
      mode: this.#book.mode,
      who: 'engine',
      why: 'the journal can be written again',
    } as const;
    const { disk } = this.#ports;
    try {
      // Room for one record is not enough: a start writes more than that, and an engine that cannot start cancels nothing.
      disk.writeAtomic(ROOM_FILE, new Uint8Array(ROOM_BYTES));
      disk.remove(ROOM_FILE);
      this.#storage.journal.append(encodeRecord(record));
    } catch {
      // Still refused: it was said once, health and state go on saying it.
      return;
    }
    this.#stateTimer?.cancel();
    this.onBroken(this.#broken);
  }
}
