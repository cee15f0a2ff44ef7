/**
 * Watches margin: a warning when it gets thin, and the end when it is gone. Open orders expire, each position is sold into the book down to
 * the price at which the money behind it would be worth nothing, and the insurance fund (or those on the other side) takes over the rest
 * at that price. Isolated positions stand and fall alone and whole; cross positions together, bracket by bracket, in multi-assets mode with
 * all assets behind them.
 */
import type { Account } from '../account/account.ts';
import { assetMargin, type Pool, poolOf } from '../account/account-margin.ts';
import { bracketOf, marginOf, type PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { Market } from '../market/market.ts';
import { divideRounded, minUnits, UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import { EXPIRY } from '../order/order.ts';
import type { Engine } from './engine.ts';
import type { VenueListener } from './events.ts';

/** Share of maintenance in margin, in percent, above which the account is warned. */
const WARNING_PERCENT = 80n;

export class Liquidation {
  readonly #engine: Engine;
  readonly #fund: Account;
  readonly #listeners: readonly VenueListener[];
  /** Accounts warned about their cross margin, positions warned about their own. */
  readonly #warned = new Set<Account | Position>();
  #running = false;

  /** `fund` is the insurance fund, an account of the house. */
  constructor(engine: Engine, fund: Account, listeners: readonly VenueListener[]) {
    this.#engine = engine;
    this.#fund = fund;
    this.#listeners = listeners;
  }

  /** After a new mark: every account that holds something on this market. Call it between commands. */
  markMoved(market: Market): void {
    this.#check(this.#engine.accounts(), market);
  }

  /** After trades at an unchanged mark: only the accounts that traded can have come into trouble. */
  traded(accounts: Iterable<Account>, market: Market): void {
    this.#check(accounts, market);
  }

  #check(accounts: Iterable<Account>, market: Market): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const account of accounts) if (this.#concerned(account, market)) this.#checkAccount(account, market);
    } finally {
      this.#running = false;
    }
  }

  /** A price may be that of collateral too; and who closed at too bad a price may have a debt and no position. */
  #concerned(account: Account, market: Market): boolean {
    if (account.house) return false;
    return account.multiAssets || !account.holding(market).flat || account.walletOf(market.spec.marginAsset) < 0n;
  }

  #checkAccount(account: Account, market: Market): void {
    const holding = account.holding(market);
    if (holding.isolated) {
      for (const position of holding.positions) if (position.lots !== 0) this.#checkIsolated(account, marginOf(holding, position));
      return;
    }
    const { marginAsset } = market.spec;
    const { pool, rows } = poolOf(account, marginAsset);
    if (pool.maintenance > 0n && pool.balance <= pool.maintenance) {
      this.#liquidate(account, marginAsset);
      return;
    }
    if (pool.balance < 0n) {
      this.clearDebt(account, marginAsset); // nothing is held: what must be maintained is nothing
      return;
    }
    const crossRows = rows.filter((row) => !row.holding.isolated && row.position.lots !== 0);
    this.#warn(account, account, crossRows, pool.maintenance, pool.balance);
    if (account.multiAssets) this.#engine.autoExchange.settle(account);
  }

  #checkIsolated(account: Account, row: PositionMargin): void {
    const { position, maintenance } = row;
    const money = position.isolatedWallet + row.unrealized;
    if (money <= maintenance) this.#liquidateIsolated(account, position);
    else this.#warn(account, position, [row], maintenance, money);
  }

  #warn(account: Account, about: Account | Position, rows: readonly PositionMargin[], maintenance: Units, money: Units): void {
    if (maintenance * 100n <= money * WARNING_PERCENT) {
      this.#warned.delete(about);
    } else if (!this.#warned.has(about)) {
      this.#warned.add(about);
      for (const listener of this.#listeners) listener.marginCalled?.(account, this.#engine.nowMs(), rows);
    }
  }

  #liquidate(account: Account, asset: string): void {
    account.liquidating = true;
    for (const holding of [...account.holdings()]) {
      if (holding.open.size > 0) this.#engine.expireAll(account, holding.market, EXPIRY.liquidation);
    }
    for (let at = poolOf(account, asset); at.pool.balance <= at.pool.maintenance; at = poolOf(account, asset)) {
      const row = heaviest(account, at.rows);
      if (row === undefined) break;
      const settled = row.position.spec.marginAsset;
      const money = { behind: moneyBehind(account, row, at.pool), left: () => spareIn(account, settled) };
      this.#close(account, row.position, portionOf(row), money);
    }
    this.clearDebt(account, asset);
    this.#warned.delete(account);
    account.liquidating = false;
  }

  /** After the last position is gone: nobody owes anything. */
  clearDebt(account: Account, asset: string): void {
    if (heaviest(account, poolOf(account, asset).rows) === undefined) this.#clear(account, asset);
  }

  /** Worth less than nothing: the fund pays, the client owes nothing. Before that, other assets pay what they can. */
  #clear(account: Account, asset: string): void {
    this.#engine.autoExchange.settle(account, true);
    for (const name of account.multiAssets ? account.assets() : [asset]) {
      const left = account.crossWallet(name);
      if (left < 0n) this.#move(account, name, -left);
    }
  }

  #liquidateIsolated(account: Account, position: Position): void {
    account.liquidating = true;
    this.#engine.expireAll(account, position.market, EXPIRY.liquidation, position);
    const { marginAsset } = position.spec;
    const [money, before] = [position.isolatedWallet, account.walletOf(marginAsset)];
    const left = (): Units => money + account.walletOf(marginAsset) - before;
    this.#close(account, position, Math.abs(position.lots), { behind: money, left });
    if (left() < 0n) this.#move(account, marginAsset, -left());
    this.#warned.delete(position);
    account.liquidating = false;
  }

  /** `behind` is the money that carries the position, `left` what is left of it afterwards: the fee takes no more. */
  #close(account: Account, position: Position, lots: number, { behind, left }: Backing): void {
    const order = this.#engine.forceClose(account, position, lots, bankruptcyTicks(position, behind));
    const fee = divideRounded(order.filledNotional * position.spec.liquidationFee, 100_000_000n);
    const payable = minUnits(fee, left());
    if (payable > 0n) this.#move(account, position.spec.marginAsset, -payable);
  }

  /** Between the account and the fund. */
  #move(account: Account, asset: string, amount: Units): void {
    this.#fund.credit(asset, -amount);
    this.#engine.bookMoney(account, { asset, amount }, 'INSURANCE_CLEAR');
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { warned: this.#warned };
  }

  restoreHidden({ warned }: ReturnType<Liquidation['hiddenState']>): void {
    for (const about of warned) this.#warned.add(about);
  }
}

/** The cross position with the greatest maintenance margin. */
function heaviest(account: Account, rows: readonly PositionMargin[]): PositionMargin | undefined {
  let [worst, most]: [PositionMargin | undefined, Units] = [undefined, -1n];
  for (const row of rows) {
    if (row.holding.isolated || row.position.lots === 0) continue;
    const maintained = account.joint?.of(row.position.spec.marginAsset)?.needed(row.maintenance) ?? row.maintenance;
    if (maintained <= most) continue;
    [worst, most] = [row, maintained];
  }
  return worst;
}

interface Backing {
  readonly behind: Units;
  left(): Units;
}

/** What is closed at once: down to the bracket below, where less must be maintained; all of it in the lowest. */
function portionOf({ position, notional }: PositionMargin): number {
  const { spec, lots, market } = position;
  const { floor } = bracketOf(spec, notional < 0n ? -notional : notional);
  const kept = Number((floor * UNITS_PER_ONE) / (market.mark * BigInt(spec.stepUnits)));
  return Math.max(1, Math.abs(lots) - kept);
}

/** What carries a position beside its own profit, in its asset. */
function moneyBehind(account: Account, { position, unrealized }: PositionMargin, pool: Pool): Units {
  const { marginAsset } = position.spec;
  const price = account.joint?.of(marginAsset);
  if (price === undefined) return pool.balance - unrealized;
  const own = assetMargin(account, marginAsset).cross.balance;
  const others = pool.balance - price.worth(own);
  // Where nothing is left at all, this asset is in debt by what the others are worth, or the other way round.
  const least = -divideRounded(others * UNITS_PER_ONE, others > 0n ? price.askRate : price.bidRate);
  return own - unrealized - least;
}

/** What can still be paid in an asset. */
function spareIn(account: Account, asset: string): Units {
  const price = account.joint?.of(asset);
  if (price === undefined) return account.crossWallet(asset);
  return divideRounded(poolOf(account, asset).pool.wallet * UNITS_PER_ONE, price.askRate);
}

/** Where `money` behind the position is gone, rounded so that it is not less than nothing; at least one tick. */
function bankruptcyTicks(position: Position, money: Units): number {
  const worthless = position.cost - money;
  const perTick = BigInt(position.lots) * position.spec.unitsPerTickLot;
  const floor = worthless / perTick;
  const exact = floor * perTick === worthless;
  const ticks = Number(position.lots > 0 && !exact ? floor + 1n : floor);
  return Math.max(1, ticks);
}
