/**
 * Stops the desk in the order in which nothing can go wrong: who wants orders first, who holds them next, the books, the exchange last.
 * Says what each left and whether an order of ours is still open at the exchange.
 */
import type { Clock } from '@fillwright/runtime';
import type { ExchangeAccount, ExchangeOrder } from '../compare/books.ts';
import type { ProcessName } from './plan.ts';

/** What stopping needs of a launch. */
export interface StoppableDesk {
  stop(name: ProcessName, budgetMs: number): Promise<boolean>;
  killAll(): readonly ProcessName[];
  retire(): void;
  leftBy(name: ProcessName): readonly string[];
  /** The exchange's books; a rejection when it does not answer. */
  account(): Promise<ExchangeAccount>;
  isOwn(order: ExchangeOrder): boolean;
}

export interface StopSummary {
  readonly clean: boolean;
  readonly tookMs: number;
  /** For a person. */
  readonly lines: readonly string[];
  /** Own orders open at the exchange when all others had stopped; `undefined`: it could not be asked. */
  readonly openOrders: readonly ExchangeOrder[] | undefined;
}

/** When each step has to be through, from the beginning of the stop; all is over within 5 s. */
const STEPS: readonly { readonly names: readonly ProcessName[]; readonly untilMs: number }[] = [
  { names: ['trader'], untilMs: 1_500 },
  { names: ['trading-engine'], untilMs: 3_300 },
  { names: ['position-server', 'market-server'], untilMs: 3_900 },
];
const EXCHANGE: ProcessName = 'exchange-simulator';
const EXCHANGE_UNTIL_MS = 4_400;
const KILL_GRACE_MS = 300;

export async function stopDesk(desk: StoppableDesk, clock: Clock): Promise<StopSummary> {
  const startUs = clock.monotonicUs();
  const elapsedMs = () => (clock.monotonicUs() - startUs) / 1000;
  const lines: string[] = [];
  const late: ProcessName[] = [];
  desk.retire();
  for (const { names, untilMs } of STEPS) {
    const ended = await Promise.all(names.map((name) => desk.stop(name, untilMs - elapsedMs())));
    late.push(...names.filter((_, index) => ended[index] !== true));
  }
  const account = await accountOf(desk);
  const openOrders = account?.openOrders.filter((order) => desk.isOwn(order));
  const last = await desk.stop(EXCHANGE, EXCHANGE_UNTIL_MS - elapsedMs());
  const killed = desk.killAll();
  await Promise.all(killed.map((name) => desk.stop(name, KILL_GRACE_MS)));

  const names = [...STEPS.flatMap((step) => step.names), EXCHANGE];
  const left = names.flatMap((name) => desk.leftBy(name).map((what) => `${name} left: ${what}`));
  lines.push(...left);
  for (const name of killed) lines.push(`${name} did not stop in time and was killed`);
  for (const name of late) if (!killed.includes(name)) lines.push(`${name} stopped late`);
  lines.push(...orderLines(openOrders), ...positionLines(account));
  const clean = killed.length === 0 && left.length === 0 && last && openOrders?.length === 0;
  return { clean, tookMs: Math.round(elapsedMs()), lines, openOrders };
}

async function accountOf(desk: StoppableDesk): Promise<ExchangeAccount | undefined> {
  try {
    return await desk.account();
  } catch {
    // Not reachable: nothing is known, which is not the same as nothing being there.
    return undefined;
  }
}

function positionLines(account: ExchangeAccount | undefined): readonly string[] {
  const held = (account?.positions ?? []).filter(({ positionAmt }) => !/^-?0(\.0*)?$/.test(positionAmt));
  return held.map(({ positionAmt, symbol, entryPrice }) => `left at the exchange: position ${positionAmt} ${symbol}, entry ${entryPrice}`);
}

function orderLines(openOrders: readonly ExchangeOrder[] | undefined): readonly string[] {
  if (openOrders === undefined) return ['the exchange could not be asked for open orders'];
  if (openOrders.length === 0) return ['no order of ours is open at the exchange'];
  return openOrders.map(({ clientOrderId, side, origQty, symbol, price }) => {
    return `still open at the exchange: ${clientOrderId} ${side} ${origQty} ${symbol} at ${price}`;
  });
}
