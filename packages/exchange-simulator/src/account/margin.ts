/** Cross margin of one account in single-asset, one-way mode. Pure: reads accounts and marks, changes nothing. */
import type { Bracket, SymbolSpec } from '../market/symbol-spec.ts';
import { absUnits, divideRounded, maxUnits, type Sign, type Units } from '../numbers/units.ts';
import type { Account } from './account.ts';
import type { Holding } from './holding.ts';

export interface HoldingMargin {
  readonly holding: Holding;
  /** Signed value at the mark. */
  readonly notional: Units;
  readonly unrealized: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
}

export interface AccountMargin {
  readonly holdings: readonly HoldingMargin[];
  readonly wallet: Units;
  readonly unrealized: Units;
  /** Wallet and unrealised profit. */
  readonly balance: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
  readonly available: Units;
  readonly withdrawable: Units;
}

export function bracketOf(spec: SymbolSpec, notional: Units): Bracket {
  const rows = spec.brackets;
  for (const row of rows) if (notional <= row.cap) return row;
  return rows[rows.length - 1] as Bracket;
}

/** Largest notional allowed at a leverage. */
export function notionalCap(spec: SymbolSpec, leverage: number): Units {
  let cap = 0n;
  for (const row of spec.brackets) if (row.initialLeverage >= leverage) cap = row.cap;
  return cap;
}

export function maintenanceOf(spec: SymbolSpec, notional: Units): Units {
  const size = absUnits(notional);
  if (size === 0n) return 0n;
  const row = bracketOf(spec, size);
  return divideRounded(size * row.rate, 100_000_000n) - row.cum;
}

/** What open orders need beyond the position itself: the worse side counts. */
export function orderMarginOf(notional: Units, bids: Units, asks: Units, leverage: number): Units {
  const worst = maxUnits(absUnits(notional + bids), absUnits(notional - asks));
  return divideRounded(maxUnits(0n, worst - absUnits(notional)), BigInt(leverage));
}

export function holdingMargin(holding: Holding): HoldingMargin {
  const { position, market, leverage } = holding;
  const notional = position.lots === 0 ? 0n : position.valueAt(market.mark);
  return {
    holding,
    notional,
    unrealized: position.lots === 0 ? 0n : notional - position.cost,
    positionMargin: divideRounded(absUnits(notional), BigInt(leverage)),
    orderMargin: orderMarginOf(notional, holding.bidNotional, holding.askNotional, leverage),
    maintenance: maintenanceOf(market.spec, notional),
  };
}

export function accountMargin(account: Account): AccountMargin {
  const holdings: HoldingMargin[] = [];
  let unrealized = 0n;
  let positionMargin = 0n;
  let orderMargin = 0n;
  let maintenance = 0n;
  let profit = 0n;
  for (const holding of account.holdings()) {
    if (!holding.active) continue;
    const row = holdingMargin(holding);
    holdings.push(row);
    unrealized += row.unrealized;
    profit += maxUnits(0n, row.unrealized);
    positionMargin += row.positionMargin;
    orderMargin += row.orderMargin;
    maintenance += row.maintenance;
  }
  const balance = account.wallet + unrealized;
  const available = maxUnits(0n, balance - positionMargin - orderMargin);
  const withdrawable = maxUnits(0n, account.wallet < available ? account.wallet : available - profit);
  return { holdings, wallet: account.wallet, unrealized, balance, positionMargin, orderMargin, maintenance, available, withdrawable };
}

/** Whether the account can carry one more order; `price` is what the order is expected to cost at worst. */
export function canAfford(account: Account, holding: Holding, sign: Sign, notional: Units, lossAtMark: Units): boolean {
  const before = holdingMargin(holding);
  const bids = sign === 1 ? holding.bidNotional + notional : holding.bidNotional;
  const asks = sign === -1 ? holding.askNotional + notional : holding.askNotional;
  const needed = orderMarginOf(before.notional, bids, asks, holding.leverage) - before.orderMargin;
  return needed <= 0n || needed + lossAtMark <= accountMargin(account).available;
}

/**
 * The mark at which the account's cross margin falls to its maintenance margin if only this symbol moves; `undefined` when there is none
 * above zero.
 */
export function liquidationPrice(margin: AccountMargin, row: HoldingMargin): Units | undefined {
  const { position, market } = row.holding;
  if (position.lots === 0) return undefined;
  const others = margin.maintenance - row.maintenance;
  const othersUnrealized = margin.unrealized - row.unrealized;
  const bracket = bracketOf(market.spec, absUnits(row.notional));
  const side = position.lots > 0 ? 1n : -1n;
  const size = BigInt(Math.abs(position.lots)) * BigInt(market.spec.stepUnits);
  const numerator = (margin.wallet - others + othersUnrealized + bracket.cum - position.cost) * 100_000_000n * 100_000_000n;
  const denominator = size * (bracket.rate - side * 100_000_000n);
  const price = divideRounded(numerator, denominator);
  return price > 0n ? price : undefined;
}
