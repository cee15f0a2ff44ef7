/**
 * Multi-assets mode: turns other assets into one that is in debt, at the venue's rates, each giving its share. The other side is a house
 * account, so that no asset is made or lost.
 */
import type { Account } from '../account/account.ts';
import { AUTO_EXCHANGE_AT, type MarginAsset } from '../market/margin-assets.ts';
import { minUnits, UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import type { Engine } from './engine.ts';

interface Offer {
  readonly asset: MarginAsset;
  readonly amount: Units;
  /** In dollars, at what the venue pays. */
  readonly value: Units;
}

export class AutoExchange {
  readonly #engine: Engine;
  readonly #desk: Account;

  constructor(engine: Engine, desk: Account) {
    this.#engine = engine;
    this.#desk = desk;
  }

  /** Debts beyond the threshold; with `all` every debt. */
  settle(account: Account, all = false): void {
    const prices = account.joint;
    if (prices === undefined) return;
    for (const name of account.assets()) {
      const asset = prices.of(name);
      const debt = account.walletOf(name);
      if (asset === undefined || debt >= 0n || (!all && asset.worth(debt) > AUTO_EXCHANGE_AT)) continue;
      this.#cover(account, asset, -debt);
    }
  }

  #cover(account: Account, debt: MarginAsset, amount: Units): void {
    const offers: Offer[] = [];
    let total = 0n;
    for (const name of account.assets()) {
      const held = account.walletOf(name);
      const asset = account.joint?.of(name);
      if (asset === undefined || held <= 0n) continue;
      const value = (held * asset.autoExchangeBidRate) / UNITS_PER_ONE;
      offers.push({ asset, amount: held, value });
      total += value;
    }
    const { autoExchangeAskRate: ask } = debt;
    const wanted = minUnits(total, ceiling(amount * ask, UNITS_PER_ONE));
    if (wanted <= 0n) return;
    let covered = 0n;
    for (const offer of offers) {
      const given = minUnits(offer.amount, ceiling(offer.amount * wanted, total));
      if (given === 0n) continue;
      const got = (given * offer.asset.autoExchangeBidRate) / ask;
      covered += got;
      this.#engine.exchange(account, this.#desk, { asset: offer.asset.name, amount: given }, { asset: debt.name, amount: got });
    }
    if (covered > 0n) this.#engine.tellAccount(account, 'AUTO_EXCHANGE');
  }
}

function ceiling(n: Units, d: Units): Units {
  return (n + d - 1n) / d;
}
