/** The parts of the engine and how they hear of each other. What they need of the engine's own state machine is handed in. */
import type { UsTime } from '@fillwright/domain';
import { createJournalWriter, createRequestQueue, type Journal, type JournalWriter, type Ports } from '@fillwright/runtime';
import type { ExecutionAdapter } from '@fillwright/venue';
import type { AccountBook } from './account/account-book.ts';
import { AccountLog } from './account/account-log.ts';
import type { Consumers } from './account/consumers.ts';
import { fillIn } from './account/record.ts';
import { sentLately } from './account/sent-lately.ts';
import type { EngineContext, OpeningGate } from './context.ts';
import { ControlDesk } from './control-desk.ts';
import { withFailpoints } from './failpoints.ts';
import { EngineFeeds, type EngineSources } from './feeds/engine-feeds.ts';
import { InstrumentList } from './feeds/instrument-list.ts';
import type { LedgerWatch } from './feeds/ledger-watch.ts';
import type { MarketView } from './feeds/market-view.ts';
import { InputQueue } from './input-queue.ts';
import type { EngineOptions } from './options.ts';
import { CommandDesk } from './order/command-desk.ts';
import { Dispatcher } from './order/dispatcher.ts';
import { FlattenDesk } from './order/flatten-desk.ts';
import { EXTERNAL, ReportDesk } from './order/report-desk.ts';
import { SettleDesk } from './order/settle-desk.ts';
import { OrderlyStop } from './orderly-stop.ts';
import { accountRequests } from './recovery/account-requests.ts';
import { Audit } from './recovery/audit.ts';
import { FullPass } from './recovery/full-pass.ts';
import { MissingFills } from './recovery/missing-fills.ts';
import { RecoveryDriver } from './recovery/recovery-driver.ts';
import { Resolver } from './recovery/resolver.ts';
import type { HaltMarker } from './risk/halt-marker.ts';
import { Watches } from './risk/watches.ts';
import { VenueStanding } from './venue-standing.ts';

export interface Parts {
  readonly context: EngineContext;
  readonly writer: JournalWriter;
  readonly reports: ReportDesk;
  readonly dispatcher: Dispatcher;
  readonly desk: CommandDesk;
  readonly control: ControlDesk;
  readonly settle: SettleDesk;
  readonly flatten: FlattenDesk;
  readonly instruments: InstrumentList;
  readonly resolver: Resolver;
  readonly recovery: RecoveryDriver;
  readonly missing: MissingFills;
  readonly audit: Audit;
  readonly fullPass: FullPass;
  readonly watches: Watches;
  readonly orderlyStop: OrderlyStop;
  readonly venue: VenueStanding;
  readonly feeds: EngineFeeds;
}

export interface Needs {
  readonly ports: Ports;
  readonly options: EngineOptions;
  readonly adapter: ExecutionAdapter;
  readonly book: AccountBook;
  readonly market: MarketView;
  readonly ledger: LedgerWatch;
  readonly marker: HaltMarker;
  readonly journal: Journal;
  readonly consumers: Consumers;
  readonly epoch: number;
  readonly ledgerStartTs: () => UsTime;
  readonly gate: OpeningGate;
  readonly onBroken: (error: unknown) => void;
  readonly feeds: Pick<EngineSources, 'onMessage' | 'onControl' | 'onSettle' | 'health' | 'acknowledge'>;
}

export function assembleParts(given: Needs): Parts {
  const needs = withFailpoints(given);
  const { book, market, journal, ledgerStartTs, gate } = needs;
  const { random } = needs.ports;
  const { context, writer } = assembleContext(needs, (...args) => feeds.publish(...args));
  const reports = new ReportDesk(context, ledgerStartTs);
  const dispatcher = new Dispatcher(context, reports, gate);
  const desk = new CommandDesk(context, { dispatcher, gate, markOf: (instrument) => market.markOf(instrument) });
  const recovery = new RecoveryDriver(context, { reports, random, ledgerStartTs });
  const resolver = new Resolver(context, { reports, dispatcher, streamIsUp: () => recovery.up });
  const missing = new MissingFills(context, reports);
  const audit = new Audit(context, reports, {
    inSync: () => recovery.up,
    isHunting: (instrument) => missing.isHunting(instrument),
    markOf: (instrument) => market.markOf(instrument),
    onMissing: ({ clientOrderId }) => resolver.missed(clientOrderId),
    onStreamMissed: (clientOrderId, lateMs) => watches.streamMissed(clientOrderId, lateMs),
  });
  const fullPass = new FullPass(context, {
    inSync: () => recovery.up,
    isUnsettled: (instrument) => missing.isHunting(instrument) || reports.isDeferring(instrument),
    publish: (message) => feeds.reconciliation(message),
    onMoneyMoved: () => audit.checkBalances(),
    onDifference: (text) => recovery.trigger(`full pass: ${text}`),
  });
  const feeds = new EngineFeeds(needs.ports, needs.options, needs.epoch, {
    ...needs.feeds,
    handlers: accountRequests(context, fullPass, needs.consumers),
    snapshot: () => ({ pos: book.lastPos, orders: book.liveOrders(), balances: book.balances() }),
    account: () => ({ book, inFlight: dispatcher.inFlight }),
    journal,
    safePos: () => writer.durablePos,
    makeSafe: () => {
      if (writer.durablePos < book.lastPos) writer.flush();
      return writer.durablePos >= book.lastPos;
    },
    whenSafe: (work) => writer.whenDurable(book.lastPos, work),
  });
  const cancelOwn = (commandId: string) => void desk.cancelOwned((order) => order.owner !== EXTERNAL, commandId);
  const flatten = new FlattenDesk(context, { dispatcher, gate, cancelOwn });
  const control = new ControlDesk(context, { desk, flatten, marker: needs.marker });
  const settle = new SettleDesk(context, reports);
  const watches = new Watches(context, { desk, flatten, recovery, metrics: needs.ports.metrics });
  const venue = venueStanding(needs, feeds);
  const orderlyStop = new OrderlyStop(context, { desk, dispatcher, flatten });
  const instruments = new InstrumentList(context);
  const parts = {
    context,
    writer,
    reports,
    dispatcher,
    desk,
    control,
    settle,
    flatten,
    instruments,
    resolver,
    recovery,
    missing,
    audit,
    fullPass,
    watches,
    orderlyStop,
    venue,
    feeds,
  };
  connect(parts);
  return parts;
}

/** Who is told by whom. */
function connect({ context, reports, dispatcher, recovery, resolver, missing, desk, instruments }: Parts): void {
  reports.onMissingFills = (instrument, report) => missing.need(instrument, report);
  reports.onUnreadable = (text) => recovery.trigger(`unreadable event: ${text.slice(0, 80)}`);
  dispatcher.onUnknown = (id) => resolver.watch(id);
  recovery.onMissing = ({ clientOrderId }) => resolver.missed(clientOrderId);
  recovery.onDown = (reason) => context.log.warn('engine-not-synced', { reason });
  desk.onStaleInstrument = (instrument) => instruments.seen(instrument);
}

function venueStanding({ ports, adapter, journal }: Needs, feeds: EngineFeeds): VenueStanding {
  return new VenueStanding(ports, adapter, {
    publish: (event) => feeds.venueEvent(event),
    sentLately: (sinceTs) => sentLately(journal, sinceTs),
  });
}

function assembleContext(needs: Needs, publish: EngineFeeds['publish']): { context: EngineContext; writer: JournalWriter } {
  const { options, adapter, book, ledger, journal, epoch, onBroken } = needs;
  const { clock, log, random, mutations } = needs.ports;
  const writer = createJournalWriter(journal, { sync: options.journalSync, clock, onSyncFailed: onBroken });
  const records = new AccountLog({
    journal: {
      append: (payload) => writer.append(payload),
      whenSafe: (effect) => writer.whenDurable(journal.lastPos, effect),
    },
    book,
    clock,
    log,
    // JOURNAL_SYNC=full: nobody hears of what a power cut could still take back.
    publish: (publication, pos, cause, packed) => writer.whenDurable(pos, () => publish(publication, pos, cause, packed)),
    applied: (record, pos) => {
      const fill = fillIn(record);
      if (fill) ledger.booked(fill.instrument, pos);
    },
  });
  const lanes = createRequestQueue(
    { clock, random, log },
    {
      maxInFlight: options.orders.inFlight,
      maxQueries: options.orders.queriesInFlight ?? options.orders.inFlight,
      perSecond: options.orders.perSecond,
      bound: options.orders.queueBound,
      ...(adapter.rates && { admission: adapter.rates }),
    },
  );
  const inputs = new InputQueue(onBroken);
  const shared = {
    clock,
    log,
    random,
    options,
    epoch,
    adapter,
    book,
    records,
    inputs,
    lanes,
    instruments: new Map(),
    ...(mutations && { mutations }),
  };
  return { context: shared, writer };
}
