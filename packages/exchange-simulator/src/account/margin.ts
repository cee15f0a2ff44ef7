/** Margin of one account in single-asset mode: cross and isolated, one-way and hedge. Pure: reads accounts and marks, changes nothing. */
import { type Bracket, type SymbolSpec, worthOf } from '../market/symbol-spec.ts';
import { absUnits, divideRounded, maxUnits, type Sign, type Units } from '../numbers/units.ts';
import type { Account } from './account.ts';
import type { Holding } from './holding.ts';
import type { Position } from './position.ts';

export interface PositionMargin {
  readonly holding: Holding;
  readonly position: Position;
  /** Signed value at the mark. */
  readonly notional: Units;
  readonly unrealized: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
}

export interface AccountMargin {
  /** Of positions that are held or have open orders. */
  readonly rows: readonly PositionMargin[];
  readonly wallet: Units;
  readonly unrealized: Units;
  /** Wallet and unrealised profit. */
  readonly balance: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
  /** The same without isolated positions and their money: what carries the cross positions together. */
  readonly cross: { readonly wallet: Units; readonly unrealized: Units; readonly balance: Units; readonly maintenance: Units };
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
  if (bids === 0n && asks === 0n) return 0n;
  const worst = maxUnits(absUnits(notional + bids), absUnits(notional - asks));
  return divideRounded(maxUnits(0n, worst - absUnits(notional)), BigInt(leverage));
}

export function marginOf(holding: Holding, position: Position): PositionMargin {
  const { notional } = position;
  const { leverage } = holding;
  return {
    holding,
    position,
    notional,
    unrealized: notional - position.cost,
    positionMargin: divideRounded(absUnits(notional), BigInt(leverage)),
    orderMargin: orderMarginOf(notional, position.bidNotional, position.askNotional, leverage),
    maintenance: maintenanceOf(holding.market.spec, notional),
  };
}

export function accountMargin(account: Account): AccountMargin {
  const rows: PositionMargin[] = [];
  let [unrealized, positionMargin, orderMargin, maintenance, profit, isolatedMoney] = [0n, 0n, 0n, 0n, 0n, 0n];
  let [crossUnrealized, crossPositionMargin, crossMaintenance] = [0n, 0n, 0n];
  for (const holding of account.holdings()) {
    for (const position of holding.positions) {
      if (!position.active) continue;
      const row = marginOf(holding, position);
      rows.push(row);
      unrealized += row.unrealized;
      positionMargin += row.positionMargin;
      orderMargin += row.orderMargin;
      maintenance += row.maintenance;
      if (holding.isolated) {
        isolatedMoney += position.isolatedWallet;
        continue;
      }
      crossUnrealized += row.unrealized;
      crossPositionMargin += row.positionMargin;
      crossMaintenance += row.maintenance;
      profit += maxUnits(0n, row.unrealized);
    }
  }
  const { wallet } = account;
  const crossWallet = wallet - isolatedMoney;
  const cross = { wallet: crossWallet, unrealized: crossUnrealized, balance: crossWallet + crossUnrealized, maintenance: crossMaintenance };
  const available = maxUnits(0n, cross.balance - crossPositionMargin - orderMargin);
  const withdrawable = maxUnits(0n, crossWallet < available ? crossWallet : available - profit);
  const balance = wallet + unrealized;
  return { rows, wallet, unrealized, balance, positionMargin, orderMargin, maintenance, cross, available, withdrawable };
}

/** Whether the account can carry one more order; `lossAtMark` is what its price is worse than the mark. */
export function canAfford(
  account: Account,
  holding: Holding,
  position: Position,
  order: { readonly sign: Sign; readonly notional: Units; readonly lossAtMark: Units },
): boolean {
  const { notional, bidNotional, askNotional } = position;
  const bids = order.sign === 1 ? bidNotional + order.notional : bidNotional;
  const asks = order.sign === -1 ? askNotional + order.notional : askNotional;
  const before = orderMarginOf(notional, bidNotional, askNotional, holding.leverage);
  const needed = orderMarginOf(notional, bids, asks, holding.leverage) - before;
  return needed <= 0n || needed + order.lossAtMark <= accountMargin(account).available;
}

/**
 * The mark at which the money that carries this position falls to what must be maintained, if only this symbol moves; `undefined` when
 * there is none above zero. In hedge mode both positions of the symbol move together. Brackets are those at that price, as published
 * (https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93).
 */
export function liquidationPrice(margin: AccountMargin, row: PositionMargin): Units | undefined {
  const { holding, position } = row;
  if (position.lots === 0) return undefined;
  const { isolated, market } = holding;
  const together = isolated ? [row] : margin.rows.filter((other) => other.holding === holding && other.position.lots !== 0);
  let money = isolated ? position.isolatedWallet : margin.cross.wallet + margin.cross.unrealized - margin.cross.maintenance;
  if (!isolated) for (const one of together) money += one.maintenance - one.unrealized;
  let price = market.mark;
  for (let round = 0; round < market.spec.brackets.length; round += 1) {
    const next = priceWithout(money, together, price);
    if (next === undefined || next <= 0n) return undefined;
    if (next === price) return price;
    price = next;
  }
  return price; // between two brackets: the last one looked at
}

/** Where `money` and the profit of these positions equal their maintenance, by the brackets that hold at `at`. */
function priceWithout(money: Units, rows: readonly PositionMargin[], at: Units): Units | undefined {
  let [constant, slope] = [money, 0n];
  for (const { position } of rows) {
    const { spec, lots, cost } = position;
    const bracket = bracketOf(spec, absUnits(worthOf(spec, lots, at)));
    const side = lots > 0 ? 1n : -1n;
    constant += bracket.cum - cost;
    slope += BigInt(Math.abs(lots)) * BigInt(spec.stepUnits) * (bracket.rate - side * 100_000_000n);
  }
  return slope === 0n ? undefined : divideRounded(constant * 100_000_000n * 100_000_000n, slope);
}
