/**
 * The engine of one exchange account: the only process that holds its keys and sends its orders. Owns the journal; everything it
 * tells others is a publication of that journal. Wires its parts and keeps their state machine: starting → syncing → ready.
 */
import { type AccountId, type InstrumentId, type Order, type Reason, usTime } from '@fillwright/domain';
import type { EngineStateMessage, Message, TradingMode } from '@fillwright/messages';
import {
  createJournalWriter,
  createRequestQueue,
  type ExclusiveLock,
  type Health,
  type Journal,
  nextEpoch,
  openJournal,
  type Ports,
  type Service,
  type StopReport,
  type Timer,
} from '@fillwright/runtime';
import type { ExecutionAdapter } from '@fillwright/venue';
import { AccountBook } from './account/account-book.ts';
import { AccountLog } from './account/account-log.ts';
import { decodeRecord } from './account/record-codec.ts';
import { restartEvents } from './account/restart.ts';
import type { EngineContext } from './context.ts';
import { EngineFeeds } from './feeds/engine-feeds.ts';
import { LedgerWatch } from './feeds/ledger-watch.ts';
import { MarketView } from './feeds/market-view.ts';
import { InputQueue } from './input-queue.ts';
import type { EngineOptions } from './options.ts';
import { CommandDesk } from './order/command-desk.ts';
import { Dispatcher } from './order/dispatcher.ts';
import { EXTERNAL, ReportDesk } from './order/report-desk.ts';
import { Audit } from './recovery/audit.ts';
import { MissingFills } from './recovery/missing-fills.ts';
import { RecoveryDriver } from './recovery/recovery-driver.ts';
import { inDoubt, Resolver } from './recovery/resolver.ts';

const PREPARE_RETRY_MS = 2_000;
/** Unknown outcomes in a row after which the account is looked at as a whole. */
const BREAKER = 3;
const STATE_EVERY_MS = 1_000;

type Phase = 'starting' | 'running' | 'stopping' | 'broken';

interface Parts {
  readonly context: EngineContext;
  readonly reports: ReportDesk;
  readonly dispatcher: Dispatcher;
  readonly desk: CommandDesk;
  readonly resolver: Resolver;
  readonly recovery: RecoveryDriver;
  readonly missing: MissingFills;
  readonly audit: Audit;
  readonly feeds: EngineFeeds;
}

export class TradingEngine implements Service {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #adapter: ExecutionAdapter;
  readonly #book = new AccountBook();
  readonly #market: MarketView;
  readonly #ledger: LedgerWatch;
  #phase: Phase = 'starting';
  #broken: unknown;
  #prepared = false;
  #unknownInARow = 0;
  #ledgerStartTs = usTime(0);
  #lock: ExclusiveLock | undefined;
  #journal: Journal | undefined;
  #parts: Parts | undefined;
  #stateTimer: Timer | undefined;
  #prepareTimer: Timer | undefined;
  #onQuiet: (() => void) | undefined;
  /** How far durable consumers have stored; the journal keeps what they have not. */
  readonly #acknowledged = new Map<string, number>();
  /** Told when the engine can not go on: the process ends then. */
  onBroken: (error: unknown) => void = () => undefined;

  constructor(ports: Ports, options: EngineOptions, adapter: ExecutionAdapter) {
    this.#ports = ports;
    this.#options = options;
    this.#adapter = adapter;
    this.#market = new MarketView(ports.clock, options.risk.staleMs);
    this.#ledger = new LedgerWatch({ clock: ports.clock, log: ports.log, book: this.#book, staleMs: options.risk.staleMs });
  }

  get account(): AccountId {
    return this.#options.account;
  }

  async start(): Promise<void> {
    const { disk, store, clock, log } = this.#ports;
    this.#lock = store.lock('engine.lock');
    const journal = openJournal(disk, { folder: this.#options.journalFolder, onCut: (cut) => log.warn('journal-tail-cut', { ...cut }) });
    this.#journal = journal;
    this.#fold(journal);
    this.#ledger.begin(this.#book.lastFillPos);
    const epoch = nextEpoch(disk, clock, 'engine.epoch');
    const parts = this.#assemble(journal, epoch);
    this.#parts = parts;
    parts.context.records.write({ k: 'boot', ts: clock.wallUs(), epoch });
    if (this.#ledgerStartTs === 0) this.#ledgerStartTs = clock.wallUs();
    for (const { clientOrderId, body } of restartEvents(this.#book.liveOrders())) parts.context.records.order(clientOrderId, body);
    log.info('engine-starting', { epoch, pos: this.#book.lastPos, liveOrders: this.#book.liveCount, mode: this.#book.mode });
    await parts.feeds.start();
    this.#phase = 'running';
    this.#prepare(parts);
    this.#tick(parts);
  }

  health(): Health {
    const reasons = this.#reasons();
    const state = this.#state(reasons);
    return {
      ready: state === 'ready',
      state,
      reasons,
      facts: {
        epoch: this.#parts?.context.epoch ?? 0,
        mode: this.#book.mode,
        pos: this.#book.lastPos,
        openOrders: this.#book.liveCount,
        unknownOrders: this.#book.unknownCount,
        inFlight: this.#parts?.dispatcher.inFlight ?? 0,
        acknowledged: Object.fromEntries([...this.#acknowledged].sort()),
      },
    };
  }

  /** Cancels its own orders (never those made by others), waits for the venue's word, and says what is left. */
  async stop(reason: string): Promise<StopReport> {
    const parts = this.#parts;
    if (!parts || this.#phase === 'broken') {
      this.#release();
      return { clean: false, left: [] };
    }
    if (this.#phase !== 'stopping') {
      this.#phase = 'stopping';
      this.#ports.log.info('engine-stopping', { reason, liveOrders: this.#book.liveCount });
      parts.context.inputs.run(() =>
        parts.desk.cancelOwned((order) => order.owner !== EXTERNAL, `stop${parts.context.epoch.toString(36)}`),
      );
      this.#publishState(parts);
      await this.#quiet(parts);
    }
    this.#prepareTimer?.cancel();
    this.#stateTimer?.cancel();
    parts.audit.stop();
    parts.missing.stop();
    parts.resolver.stop();
    parts.recovery.stop();
    parts.context.lanes.stop();
    parts.context.inputs.close();
    await this.#adapter.close();
    await parts.feeds.stop();
    this.#release();
    const left = this.#ownLive().map((order) => `order ${order.clientOrderId} (${order.phase}) on ${order.terms.instrument}`);
    return { clean: left.length === 0, left };
  }

  #release(): void {
    this.#journal?.close();
    this.#lock?.release();
    this.#journal = undefined;
    this.#lock = undefined;
  }

  #fold(journal: Journal): void {
    for (const { pos, payload } of journal.read(journal.firstPos)) {
      const record = decodeRecord(payload);
      if (record.k === 'boot' && this.#ledgerStartTs === 0) this.#ledgerStartTs = record.ts;
      this.#book.apply(record, pos);
    }
  }

  #assemble(journal: Journal, epoch: number): Parts {
    const { clock, log, random } = this.#ports;
    const options = this.#options;
    const inputs = new InputQueue((error) => this.#break(error));
    const writer = createJournalWriter(journal, { sync: options.journalSync, clock, onSyncFailed: (error) => this.#break(error) });
    const records = new AccountLog({
      journal: writer,
      book: this.#book,
      clock,
      log,
      publish: (publication, pos, cause) => {
        // JOURNAL_SYNC=full: nobody hears of what a power cut could still take back.
        writer.whenDurable(pos, () => feeds.publish(publication, pos, cause));
        if (publication.type === 'account.fill') this.#ledger.booked(publication.data.fill.instrument, pos);
      },
    });
    const lanes = createRequestQueue(
      { clock, random, log },
      { maxInFlight: options.orders.inFlight, perSecond: options.orders.perSecond, bound: options.orders.queueBound },
    );
    const context: EngineContext = {
      clock,
      log,
      options,
      epoch,
      adapter: this.#adapter,
      book: this.#book,
      records,
      inputs,
      lanes,
      instruments: new Map(),
    };
    const reports = new ReportDesk(context, () => this.#ledgerStartTs);
    const gate = (instrument: InstrumentId, reducing: boolean) => this.#gate(instrument, reducing);
    const dispatcher = new Dispatcher(context, reports, gate);
    const desk = new CommandDesk(context, { dispatcher, gate, markOf: (instrument) => this.#market.markOf(instrument) });
    const recovery = new RecoveryDriver(context, { reports, random, ledgerStartTs: () => this.#ledgerStartTs });
    const resolver = new Resolver(context, { reports, dispatcher, streamIsUp: () => recovery.up });
    const missing = new MissingFills(context, reports);
    const audit = new Audit(context, reports);
    const feeds = new EngineFeeds(this.#ports, options, epoch, {
      onMessage: (message) => inputs.run(() => this.#message(message)),
      onControl: (control) => this.#control(control.action, control.owner, control.who, control.why),
      snapshot: () => ({ pos: this.#book.lastPos, orders: this.#book.liveOrders(), balances: this.#book.balances() }),
      account: () => ({ book: this.#book, inFlight: dispatcher.inFlight }),
      journal,
      health: () => this.health(),
      acknowledge: (consumer, pos) => this.#acknowledged.set(consumer, pos),
    });
    const parts: Parts = { context, reports, dispatcher, desk, resolver, recovery, missing, audit, feeds };
    this.#connect(parts);
    return parts;
  }

  #connect({ context, reports, dispatcher, resolver, recovery, missing, audit }: Parts): void {
    reports.onOrderChanged = (order) => {
      dispatcher.orderChanged(order);
      if (this.#phase === 'stopping') this.#checkQuiet();
    };
    reports.onMissingFills = (instrument, report) => missing.need(instrument, report);
    reports.onUnreadable = (text) => recovery.trigger(`unreadable event: ${text.slice(0, 80)}`);
    dispatcher.onUnknown = (id) => resolver.watch(id);
    dispatcher.onOutcome = (type) => {
      this.#unknownInARow = type === 'unknown' ? this.#unknownInARow + 1 : 0;
      if (this.#unknownInARow === BREAKER) recovery.trigger(`${BREAKER} unknown outcomes in a row`);
      if (this.#phase === 'stopping') this.#checkQuiet();
    };
    recovery.onUp = () => {
      this.#unknownInARow = 0;
      for (const order of this.#book.liveOrders()) {
        if (inDoubt(order)) resolver.watch(order.clientOrderId);
        else dispatcher.orderChanged(order);
      }
      audit.checkPositions();
      context.log.info('engine-synced', { openOrders: this.#book.liveCount });
    };
    recovery.onDown = (reason) => context.log.warn('engine-not-synced', { reason });
  }

  /** Server time, instruments, account mode; asked until answered. */
  #prepare(parts: Parts): void {
    const { inputs, log, instruments } = parts.context;
    void inputs.after(this.#adapter.prepare(), (outcome) => {
      if (this.#phase !== 'running') return;
      if (outcome.type !== 'confirmed') {
        log.error('venue-not-ready', { code: 'ENG_VENUE_NOT_READY', reason: outcome.reason, nextMs: PREPARE_RETRY_MS });
        this.#prepareTimer = this.#ports.clock.after(PREPARE_RETRY_MS, () => this.#prepare(parts));
        return;
      }
      for (const instrument of outcome.value.instruments) instruments.set(instrument.id, instrument);
      log.info('venue-ready', { instruments: instruments.size, clockOffsetMs: outcome.value.clockOffsetMs });
      this.#prepared = true;
      parts.audit.start();
      parts.recovery.trigger('start');
    });
  }

  #message(message: Message): void {
    const parts = this.#parts;
    if (!parts) return;
    const { desk, feeds } = parts;
    const sender = { src: message.src, commandId: message.id };
    switch (message.type) {
      case 'command.place':
        feeds.answer(desk.place(message.data, sender), message.id);
        break;
      case 'command.cancel':
        feeds.answer(desk.cancel(message.data, sender), message.id);
        break;
      case 'command.modify':
        feeds.answer(desk.modify(message.data, sender), message.id);
        break;
      case 'command.cancel-all':
        feeds.answer(desk.cancelAll(message.data, sender), message.id);
        break;
      case 'command.query':
        feeds.answer(desk.query(message.data, sender), message.id);
        break;
      case 'market.mark':
        this.#market.mark(message.data);
        break;
      case 'ledger.positions':
        this.#ledger.ledger(message.data);
        break;
      default:
    }
  }

  /** Control requests of operators; each leaves an audit record. */
  #control(
    action: string,
    owner: string | undefined,
    who: string,
    why: string,
  ): { readonly text: string; readonly count?: number } | Reason {
    const parts = this.#parts;
    if (!parts) return { code: 'ENG_NOT_RUNNING', text: 'the engine is not running' };
    const { records, epoch } = parts.context;
    const modes: Readonly<Record<string, TradingMode>> = {
      pause: 'paused',
      resume: 'normal',
      'reduce-only': 'reduce-only',
      halt: 'halted',
    };
    const mode = modes[action];
    if (mode) {
      records.mode(mode, who, why);
      this.#publishState(parts);
      return { text: `mode is ${mode}` };
    }
    if (action === 'cancel-mine' && owner === undefined) return { code: 'ENG_OWNER_MISSING', text: 'cancel-mine needs the owner tag' };
    if (action === 'cancel-all' || action === 'cancel-mine') {
      records.mode(this.#book.mode, who, `${action}: ${why}`);
      const mine = (order: Order) => (action === 'cancel-mine' ? order.owner === owner : order.owner !== EXTERNAL);
      const count = parts.desk.cancelOwned(mine, `ctl${epoch.toString(36)}${this.#book.lastPos}`);
      return { text: `${count} orders concerned`, count };
    }
    return { code: 'ENG_ACTION_UNKNOWN', text: `${action} is not available in this release` };
  }

  #gate(instrument: InstrumentId, reducing: boolean): Reason | undefined {
    if (this.#phase !== 'running') return { code: 'STOPPING', text: 'the engine is stopping' };
    if (this.#book.mode === 'halted') return { code: 'HALTED', text: `trading is halted: ${this.#book.modeReason}` };
    if (this.#book.mode === 'paused') return { code: 'PAUSED', text: `trading is paused: ${this.#book.modeReason}` };
    if (!this.#parts?.recovery.up) return { code: 'SYNCING', text: 'the private stream is not in sync with the account' };
    if (reducing) return undefined;
    if (this.#book.mode === 'reduce-only') return { code: 'REDUCE_ONLY', text: `only orders that reduce: ${this.#book.modeReason}` };
    if (this.#parts.audit.positionsInDoubt) return { code: 'POSITIONS_IN_DOUBT', text: 'positions differ from the venue; looking into it' };
    return this.#ledger.doubt() ?? this.#market.staleness(instrument);
  }

  #reasons(): readonly string[] {
    const parts = this.#parts;
    if (this.#phase === 'broken') return [`broken: ${String(this.#broken)}`];
    if (!parts || !this.#prepared) return ['the venue has not answered yet'];
    const reasons: string[] = [];
    if (!parts.recovery.up) reasons.push(`private stream not in sync (${parts.recovery.failures} failed attempts)`);
    if (parts.audit.positionsInDoubt) reasons.push('positions differ from the venue');
    const ledger = this.#ledger.doubt();
    if (ledger) reasons.push(ledger.text.slice(0, 200));
    if (this.#book.mode !== 'normal') reasons.push(`mode ${this.#book.mode}: ${this.#book.modeReason}`.slice(0, 200));
    return reasons;
  }

  #state(reasons: readonly string[]): EngineStateMessage['state'] {
    if (this.#phase === 'stopping') return 'stopping';
    if (this.#phase === 'broken' || this.#book.mode === 'halted') return 'halted';
    if (this.#phase === 'starting' || !this.#prepared) return 'starting';
    if (!this.#parts?.recovery.up)
      return this.#parts && this.#parts.recovery.failures >= this.#options.reconnectAlarmAfter ? 'degraded' : 'syncing';
    return reasons.length === 0 ? 'ready' : 'degraded';
  }

  #tick(parts: Parts): void {
    this.#stateTimer = this.#ports.clock.after(STATE_EVERY_MS, () => {
      this.#tick(parts);
      this.#publishState(parts);
      if (this.#phase === 'stopping') this.#checkQuiet();
    });
  }

  #publishState(parts: Parts): void {
    const reasons = this.#reasons();
    const { lastRecovery } = this.#book;
    parts.feeds.state({
      state: this.#state(reasons),
      mode: this.#book.mode,
      reasons: [...reasons],
      streamUp: parts.recovery.up,
      unknownOrders: this.#book.unknownCount,
      openOrders: this.#book.liveCount,
      ...(lastRecovery && { lastReconciliation: lastRecovery }),
    });
  }

  #ownLive(): readonly Order[] {
    return this.#book.liveOrders().filter((order) => order.owner !== EXTERNAL);
  }

  /** Resolves when no own order lives and nothing is in flight, or when the budget is spent. */
  #quiet(parts: Parts): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(this.#options.stopBudgetMs, () => this.#onQuiet?.());
      this.#onQuiet = () => {
        timer.cancel();
        this.#onQuiet = undefined;
        resolve();
      };
      parts.context.inputs.run(() => this.#checkQuiet());
    });
  }

  #checkQuiet(): void {
    if (this.#ownLive().length === 0 && this.#parts?.dispatcher.inFlight === 0) this.#onQuiet?.();
  }

  /** A broken invariant: nothing more is sent, the process ends, and a restart reads the journal. */
  #break(error: unknown): void {
    this.#phase = 'broken';
    this.#broken = error;
    this.#ports.log.error('engine-broken', { code: 'ENG_BROKEN', error });
    this.#onQuiet?.();
    this.onBroken(error);
  }
}
