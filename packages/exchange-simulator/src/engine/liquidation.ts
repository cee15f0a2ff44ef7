/**
 * Watches margin: a warning when it gets thin, and the end when it is gone. Open orders expire, each position is sold into the book down to
 * the price at which the money behind it would be worth nothing, and the insurance fund takes over the rest at that price. Isolated
 * positions stand and fall alone; cross positions together.
 */
import type { Account } from '../account/account.ts';
import { accountMargin, marginOf, type PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { Market } from '../market/market.ts';
import { divideRounded, minUnits, type Units } from '../numbers/units.ts';
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
      for (const account of accounts) if (!account.house && !account.holding(market).flat) this.#checkAccount(account, market);
    } finally {
      this.#running = false;
    }
  }

  #checkAccount(account: Account, market: Market): void {
    const holding = account.holding(market);
    if (holding.isolated) {
      for (const position of holding.positions) if (position.lots !== 0) this.#checkIsolated(account, marginOf(holding, position));
      return;
    }
    const { cross, rows } = accountMargin(account);
    if (cross.maintenance > 0n && cross.balance <= cross.maintenance) {
      this.#liquidate(account);
      return;
    }
    const crossRows = rows.filter((row) => !row.holding.isolated && row.position.lots !== 0);
    this.#warn(account, account, crossRows, cross.maintenance, cross.balance);
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

  #liquidate(account: Account): void {
    account.liquidating = true;
    for (const holding of [...account.holdings()]) {
      if (holding.open.size > 0) this.#engine.expireAll(account, holding.market, EXPIRY.liquidation);
    }
    for (let margin = accountMargin(account); margin.cross.balance <= margin.cross.maintenance; margin = accountMargin(account)) {
      const row = heaviest(margin.rows);
      if (row === undefined) break;
      const behind = margin.cross.balance - row.unrealized;
      this.#close(account, row.position, behind, () => account.crossWallet);
    }
    // Worth less than nothing: the fund pays, the client owes nothing.
    const { crossWallet } = account;
    if (crossWallet < 0n && heaviest(accountMargin(account).rows) === undefined) this.#move(account, -crossWallet);
    this.#warned.delete(account);
    account.liquidating = false;
  }

  #liquidateIsolated(account: Account, position: Position): void {
    account.liquidating = true;
    this.#engine.expireAll(account, position.market, EXPIRY.liquidation, position);
    const [money, before] = [position.isolatedWallet, account.wallet];
    this.#close(account, position, money, () => money + account.wallet - before);
    const left = money + account.wallet - before;
    if (left < 0n) this.#move(account, -left);
    this.#warned.delete(position);
    account.liquidating = false;
  }

  /** `behind` is the money that carries the position, `left` what is left of it afterwards: the fee takes no more. */
  #close(account: Account, position: Position, behind: Units, left: () => Units): void {
    const order = this.#engine.forceClose(account, position, bankruptcyTicks(position, behind), this.#fund);
    const fee = divideRounded(order.filledNotional * position.spec.liquidationFee, 100_000_000n);
    const payable = minUnits(fee, left());
    if (payable > 0n) this.#move(account, -payable);
  }

  /** Between the account and the fund. */
  #move(account: Account, amount: Units): void {
    this.#fund.wallet -= amount;
    this.#engine.bookMoney(account, amount, 'INSURANCE_CLEAR');
  }
}

/** The cross position with the greatest maintenance margin. */
function heaviest(rows: readonly PositionMargin[]): PositionMargin | undefined {
  let worst: PositionMargin | undefined;
  for (const row of rows) {
    if (row.holding.isolated || row.position.lots === 0) continue;
    if (worst === undefined || row.maintenance > worst.maintenance) worst = row;
  }
  return worst;
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
