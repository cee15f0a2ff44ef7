/**
 * What becomes of a liquidated position that the book cannot take: the insurance fund takes it over while its money lasts; else it is set
 * off against those on the other side, by their rank, at the bankrupt's price and without a fee for them.
 */
import type { Account } from '../account/account.ts';
import { adlQueue } from '../account/adl-rank.ts';
import type { Market } from '../market/market.ts';
import { notionalOf, worthOf } from '../market/symbol-spec.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import type { Engine } from './engine.ts';

export class Deleveraging {
  /** What the fund has of each asset beside what it got and paid since the start; `undefined` = without bound. */
  capital: Units | undefined;
  readonly #engine: Engine;
  readonly #fund: Account;

  constructor(engine: Engine, fund: Account, capital: Units | undefined) {
    this.#engine = engine;
    this.#fund = fund;
    this.capital = capital;
  }

  /** Money of the fund in an asset, its own positions at the mark included. */
  balance(asset: string): Units {
    let money = (this.capital ?? 0n) + this.#fund.walletOf(asset);
    for (const { market, positions } of this.#fund.holdings()) {
      if (market.spec.marginAsset === asset) for (const { unrealized } of positions) money += unrealized;
    }
    return money;
  }

  /** Takes all that is still open of a forced order. */
  absorb(order: Order, ticks: number): void {
    const { settlement } = this.#engine;
    if (!this.#fundCarries(order, ticks)) {
      for (const { account, position } of adlQueue(this.#engine.accounts(), order.market, order.sign)) {
        if (order.openLots === 0) return;
        if (account === this.#fund || account === order.account) continue;
        this.#engine.deleverage(account, position, order, ticks);
      }
    }
    if (order.openLots > 0) settlement.takeOver(order, this.#fund, ticks);
  }

  /** Whether it would still be worth something at the mark. */
  #fundCarries({ market, openLots, sign }: Order, ticks: number): boolean {
    if (this.capital === undefined) return true;
    const { spec } = market;
    const gain = worthOf(spec, openLots, market.mark) - notionalOf(spec, ticks, openLots);
    return this.balance(spec.marginAsset) - BigInt(sign) * gain >= 0n;
  }

  /** How likely deleveraging is on a market, from the fund's money against what is held there. */
  risk(market: Market): 'low' | 'medium' | 'high' {
    if (this.capital === undefined) return 'low';
    let held = 0;
    for (const account of this.#engine.accounts()) for (const { lots } of account.holding(market).positions) held += Math.max(0, lots);
    const notional = worthOf(market.spec, held, market.mark);
    const money = this.balance(market.spec.marginAsset);
    if (money * 20n >= notional) return 'low';
    return money * 100n >= notional ? 'medium' : 'high';
  }
}
