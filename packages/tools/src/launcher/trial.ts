/**
 * `--seconds N`: lets the desk trade, compares the books of exchange, engine and position-server twice while nothing moves, and sums up.
 * The counts are the exchange's own.
 */
import type { MessageOf } from '@fillwright/messages';
import { AppError, type Clock } from '@fillwright/runtime';
import { type Agreement, type Compared, compareBooks, differenceText } from '../compare/agreement.ts';
import { booksOfExchange, booksOfViews, type ExchangeAccount } from '../compare/books.ts';
import type { ProcessRow, RoundTrip } from '../view/screen-state.ts';
import { waitMs } from './wait.ts';

type EngineAccount = MessageOf<'service.account'>['data'];
type Ledger = MessageOf<'service.snapshot'>['data'];

/** What the trial asks of a running desk. Rejections mean that somebody did not answer. */
export interface TrialDesk {
  readonly clock: Clock;
  readonly exchangeName: string;
  pauseTrader(): Promise<void>;
  resumeTrader(): Promise<void>;
  setFlow(running: boolean): Promise<void>;
  exchange(): Promise<ExchangeAccount>;
  engine(): Promise<EngineAccount>;
  ledger(): Promise<Ledger>;
  roundTripUs(): RoundTrip | undefined;
  processes(): readonly ProcessRow[];
  onComparing(comparing: boolean): void;
}

export interface TrialReport {
  readonly ok: boolean;
  readonly orders: number;
  readonly fills: number;
  readonly openOrdersAgree: boolean;
  readonly positionsAgree: boolean;
  readonly balancesAgree: boolean;
  readonly unknownOrders: number;
  readonly roundTripUs: { readonly p50: number; readonly p99: number };
  readonly processes: Readonly<Record<string, { pid: number | undefined; state: string; restarts: number; linkAgeMs: number | undefined }>>;
  readonly compared: { readonly mid: Compared | null; readonly end: Compared | null };
  /** Why it is not ok; empty when it is. */
  readonly problems: readonly string[];
}

const NOTHING_TO_COMPARE = 'there was no moment with an order open and a position held';
const NOT_AT_REST = 'paused, the desk did not come to rest: something stayed under way';

/** A text: why there is none. */
type Comparison = Agreement | typeof NOTHING_TO_COMPARE | typeof NOT_AT_REST;

/** The first comparison is tried from this share of the time on … */
const MID_FROM = 0.4;
/** … until this long after the end: both sides quoting with a position held is a matter of luck for a few seconds. */
const MID_GRACE_MS = 4_000;
const MID_EVERY_MS = 200;
/** What is under way when everything is paused is through long before … */
const QUIET_MS = 3_000;
/** … unless a process was just killed and has to come back first. */
const END_QUIET_MS = 7_000;
const LOOK_MS = 80;

export async function runTrial(desk: TrialDesk, seconds: number): Promise<TrialReport> {
  const { clock } = desk;
  const startUs = clock.monotonicUs();
  const leftMs = (ofMs: number) => ofMs - (clock.monotonicUs() - startUs) / 1000;
  await waitMs(clock, seconds * 1000 * MID_FROM);
  const mid = await compareMidRun(desk, () => leftMs(seconds * 1000 + MID_GRACE_MS) > 0);
  await waitMs(clock, leftMs(seconds * 1000));

  const end = await compareAtRest(desk, END_QUIET_MS, () => true);
  const account = await desk.exchange();
  const { unknownOrders } = await desk.engine();
  return summary(desk, account, unknownOrders, mid, end);
}

function summary(desk: TrialDesk, account: ExchangeAccount, unknownOrders: number, mid: Comparison, end: Comparison): TrialReport {
  const both = [mid, end].map((comparison) => (typeof comparison === 'string' ? undefined : comparison));
  const agree = (of: (agreement: Agreement) => boolean) => both.every((agreement) => agreement !== undefined && of(agreement));
  const problems = [problemsOf('mid-run', mid), problemsOf('at the end', end)].flat();
  if (unknownOrders > 0) problems.push(`${unknownOrders} orders have an unknown outcome`);
  const roundTrip = desk.roundTripUs();
  const rows = desk.processes().map(({ name, pid, state, restarts, linkAgeMs }) => {
    return [name, { pid, state, restarts, linkAgeMs: linkAgeMs === undefined ? undefined : Math.round(linkAgeMs) }] as const;
  });
  return {
    ok: problems.length === 0,
    orders: account.ordersAccepted,
    fills: account.trades,
    openOrdersAgree: agree(({ openOrdersAgree }) => openOrdersAgree),
    positionsAgree: agree(({ positionsAgree }) => positionsAgree),
    balancesAgree: agree(({ balancesAgree }) => balancesAgree),
    unknownOrders,
    roundTripUs: { p50: roundTrip?.p50 ?? 0, p99: roundTrip?.p99 ?? 0 },
    processes: Object.fromEntries(rows),
    compared: { mid: rowsOf(mid), end: rowsOf(end) },
    problems,
  };
}

function problemsOf(when: string, comparison: Comparison): readonly string[] {
  if (typeof comparison === 'string') return [`${when}: ${comparison}`];
  return comparison.differences.map((difference) => `${when}: ${differenceText(difference)}`);
}

/** `null` when there was nothing to compare. */
function rowsOf(comparison: Comparison): Compared | null {
  if (typeof comparison === 'string') return null;
  const { orders, positions, balances, differences } = comparison;
  return { orders, positions, balances, differences };
}

/** Looks for a moment with an open order and a position, holds everything there, compares, and lets go again. */
async function compareMidRun(desk: TrialDesk, mayTry: () => boolean): Promise<Comparison> {
  let newest: Comparison = NOTHING_TO_COMPARE;
  while (mayTry()) {
    const account = await whileAway(desk.engine());
    if (account !== undefined && isTelling(account)) {
      newest = await compareAtRest(desk, QUIET_MS, isTelling);
      await whileAway(desk.setFlow(true));
      // Died meanwhile? Its next incarnation is not paused.
      await whileAway(desk.resumeTrader());
      desk.onComparing(false);
      if (typeof newest !== 'string') return newest;
    }
    await waitMs(desk.clock, MID_EVERY_MS);
  }
  return newest;
}

/** A comparison that could find something: an order open and a position held. */
function isTelling({ orders, positions }: EngineAccount): boolean {
  return orders.some(({ state }) => state === 'open') && positions.some(({ qty }) => !/^-?0(\.0*)?$/.test(qty));
}

/** Pauses trader and flow, waits until nothing is under way, and compares until all agree or time is up. Leaves everything paused. */
async function compareAtRest(desk: TrialDesk, budgetMs: number, isWanted: (account: EngineAccount) => boolean): Promise<Comparison> {
  const { clock } = desk;
  const startUs = clock.monotonicUs();
  desk.onComparing(true);
  let before: EngineAccount | undefined;
  let newest: Comparison = NOT_AT_REST;
  while (clock.monotonicUs() - startUs < budgetMs * 1000) {
    const account = await whileAway(restingAccount(desk, before === undefined));
    // Twice the same journal position with nothing in flight: what the trader had sent last has arrived and is settled.
    if (account !== undefined && isQuiet(account) && before?.pos === account.pos) {
      if (!isWanted(account)) return NOTHING_TO_COMPARE;
      newest = (await whileAway(compareWith(desk, account))) ?? newest;
      if (typeof newest !== 'string' && newest.differences.length === 0) return newest;
    }
    before = account;
    await waitMs(clock, LOOK_MS);
  }
  return newest;
}

/** `hold`: at first, and after anybody was away; whoever was started anew is not paused. */
async function restingAccount(desk: TrialDesk, hold: boolean): Promise<EngineAccount> {
  if (hold) {
    await desk.pauseTrader();
    await desk.setFlow(false);
  }
  return desk.engine();
}

async function compareWith(desk: TrialDesk, account: EngineAccount): Promise<Agreement> {
  return compareBooks({
    exchange: booksOfExchange(await desk.exchange(), desk.exchangeName),
    engine: booksOfViews(account),
    positionServer: booksOfViews(await desk.ledger()),
  });
}

/** `undefined` while somebody does not answer: it may have been killed and is on its way back. */
async function whileAway<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function isQuiet({ orders, ordersInFlight }: EngineAccount): boolean {
  return ordersInFlight === 0 && orders.every(({ state, request }) => state === 'open' && request === undefined);
}
