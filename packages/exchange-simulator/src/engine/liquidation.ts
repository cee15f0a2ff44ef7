/**
 * Watches margin: a warning when it gets thin, and the end when it is gone. Open orders expire, each position is sold into the book down to
 * the price at which the account would be worth nothing, and the insurance fund takes over the rest at that price.
 */
import type { Account } from '../account/account.ts';
import { type AccountMargin, accountMargin, type HoldingMargin } from '../account/margin.ts';
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
  readonly #warned = new Set<Account>();
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
      for (const account of accounts) {
        if (!account.house && account.holding(market).position.lots !== 0) this.#checkAccount(account);
      }
    } finally {
      this.#running = false;
    }
  }

  #checkAccount(account: Account): void {
    const margin = accountMargin(account);
    if (margin.maintenance > 0n && margin.balance <= margin.maintenance) {
      this.#liquidate(account);
      return;
    }
    if (margin.maintenance * 100n <= margin.balance * WARNING_PERCENT) {
      this.#warned.delete(account);
    } else if (!this.#warned.has(account)) {
      this.#warned.add(account);
      for (const listener of this.#listeners) listener.marginCalled?.(account, this.#engine.nowMs());
    }
  }

  #liquidate(account: Account): void {
    account.liquidating = true;
    for (const holding of [...account.holdings()]) {
      if (holding.open.size > 0) this.#engine.expireAll(account, holding.market, EXPIRY.liquidation);
    }
    for (let margin = accountMargin(account); margin.balance <= margin.maintenance; margin = accountMargin(account)) {
      const row = heaviest(margin);
      if (row === undefined) break;
      this.#close(account, margin, row);
    }
    // Worth less than nothing: the fund pays, the client owes nothing.
    if (account.wallet < 0n && accountMargin(account).holdings.every(({ holding }) => holding.position.lots === 0)) {
      this.#move(account, -account.wallet);
    }
    this.#warned.delete(account);
    account.liquidating = false;
  }

  #close(account: Account, margin: AccountMargin, row: HoldingMargin): void {
    const { market } = row.holding;
    const order = this.#engine.forceClose(account, market, bankruptcyTicks(margin, row), this.#fund);
    const fee = divideRounded(order.filledNotional * market.spec.liquidationFee, 100_000_000n);
    const payable = minUnits(fee, account.wallet);
    if (payable > 0n) this.#move(account, -payable);
  }

  /** Between the account and the fund. */
  #move(account: Account, amount: Units): void {
    this.#fund.wallet -= amount;
    this.#engine.bookMoney(account, amount, 'INSURANCE_CLEAR');
  }
}

/** The position with the greatest maintenance margin. */
function heaviest({ holdings }: AccountMargin): HoldingMargin | undefined {
  let worst: HoldingMargin | undefined;
  for (const row of holdings) {
    if (row.holding.position.lots !== 0 && (worst === undefined || row.maintenance > worst.maintenance)) worst = row;
  }
  return worst;
}

/** Where the account is worth nothing if only this symbol moves, rounded so that it is not worth less; at least one tick. */
function bankruptcyTicks(margin: AccountMargin, row: HoldingMargin): number {
  const { position, market } = row.holding;
  const others = margin.unrealized - row.unrealized;
  const worthless = position.cost - margin.wallet - others;
  const perTick = BigInt(position.lots) * market.spec.unitsPerTickLot;
  const floor = worthless / perTick;
  const exact = floor * perTick === worthless;
  const ticks = Number(position.lots > 0 && !exact ? floor + 1n : floor);
  return Math.max(1, ticks);
}
