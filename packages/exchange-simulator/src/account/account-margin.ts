/**
 * Margin of a whole account. In single-asset mode each asset carries the cross positions that are margined in it; in multi-assets mode all
 * assets together carry all of them, in dollars. Pure: reads accounts and prices, changes nothing.
 */
import { MAIN_ASSET, type MarginAsset, type MarginAssets } from '../market/margin-assets.ts';
import { divideRounded, maxUnits, minUnits, type Sign, UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import type { Account } from './account.ts';
import type { Holding } from './holding.ts';
import { marginOf, orderMarginOf, type PositionMargin, positionMarginOf } from './margin.ts';
import type { Position } from './position.ts';

/** What carries cross positions together; in dollars when it is joint, else in its asset. */
export interface Pool {
  readonly wallet: Units;
  readonly unrealized: Units;
  readonly balance: Units;
  readonly maintenance: Units;
  /** Of cross positions and of all orders. */
  readonly initial: Units;
}

interface Totals {
  readonly wallet: Units;
  readonly unrealized: Units;
  /** Wallet and unrealised profit. */
  readonly balance: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
  /** Without isolated positions and their money. */
  readonly cross: Pool;
  readonly available: Units;
  readonly withdrawable: Units;
}

export interface AssetMargin extends Totals {
  readonly asset: string;
  /** Of positions margined in it that are held or have open orders. */
  readonly rows: readonly PositionMargin[];
}

/** In single-asset mode the figures are those of the main asset, in multi-assets mode dollars of all. */
export interface AccountMargin extends Totals {
  readonly rows: readonly PositionMargin[];
  readonly assets: readonly AssetMargin[];
}

/** One asset by itself, whatever the mode. */
export function assetMargin(account: Account, asset: string): AssetMargin {
  const rows: PositionMargin[] = [];
  let [unrealized, positionMargin, orderMargin, maintenance, profit, isolatedMoney] = [0n, 0n, 0n, 0n, 0n, 0n];
  let [crossUnrealized, crossPositionMargin, crossMaintenance] = [0n, 0n, 0n];
  for (const holding of account.holdings()) {
    if (holding.market.spec.marginAsset !== asset) continue;
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
  const wallet = account.walletOf(asset);
  const crossWallet = wallet - isolatedMoney;
  const cross = {
    ...{ wallet: crossWallet, unrealized: crossUnrealized, balance: crossWallet + crossUnrealized, maintenance: crossMaintenance },
    initial: crossPositionMargin + orderMargin,
  };
  const available = maxUnits(0n, cross.balance - cross.initial);
  const withdrawable = maxUnits(0n, crossWallet < available ? crossWallet : available - profit);
  const balance = wallet + unrealized;
  return { asset, rows, wallet, unrealized, balance, positionMargin, orderMargin, maintenance, cross, available, withdrawable };
}

/** All that an account has money or positions in, the main asset first. */
function assetsOf(account: Account): Iterable<string> {
  const names = account.assets();
  let more: Set<string> | undefined;
  for (const { market } of account.holdings()) {
    const { marginAsset } = market.spec;
    if (marginAsset === MAIN_ASSET || names.includes(marginAsset)) continue;
    more ??= new Set(names);
    more.add(marginAsset);
  }
  return more ?? names;
}

/** With every asset at its price. What has no price counts as nothing. */
function joined(prices: MarginAssets, assets: readonly AssetMargin[]): Totals {
  let [wallet, unrealized, positionMargin, orderMargin, maintenance] = [0n, 0n, 0n, 0n, 0n];
  let [crossWallet, crossUnrealized, crossBalance, crossMaintenance, initial, profit] = [0n, 0n, 0n, 0n, 0n, 0n];
  for (const one of assets) {
    const price = prices.of(one.asset);
    if (price === undefined) continue;
    wallet += price.worth(one.wallet);
    unrealized += price.worth(one.unrealized);
    positionMargin += price.needed(one.positionMargin);
    orderMargin += price.needed(one.orderMargin);
    maintenance += price.needed(one.maintenance);
    crossWallet += price.worth(one.cross.wallet);
    crossUnrealized += price.worth(one.cross.unrealized);
    // Σ min(equity × bid, equity × ask), as published: https://www.binance.com/en/support/faq/c983a9268cfa4e70a4916c276bb3b7bc
    crossBalance += price.worth(one.cross.balance);
    crossMaintenance += price.needed(one.cross.maintenance);
    initial += price.needed(one.cross.initial);
    for (const { unrealized: gain } of one.rows) profit += price.worth(maxUnits(0n, gain));
  }
  const cross = { wallet: crossWallet, unrealized: crossUnrealized, balance: crossBalance, maintenance: crossMaintenance, initial };
  const available = maxUnits(0n, crossBalance - initial);
  const withdrawable = maxUnits(0n, minUnits(crossWallet, available - profit));
  return { wallet, unrealized, balance: crossBalance, positionMargin, orderMargin, maintenance, cross, available, withdrawable };
}

/** In multi-assets mode: the joint money in terms of one asset. */
function shared(price: MarginAsset, own: AssetMargin, all: Totals): AssetMargin {
  const available = divideRounded(all.available * UNITS_PER_ONE, price.askRate);
  const spare = divideRounded(all.withdrawable * UNITS_PER_ONE, price.bidRate);
  return { ...own, available, withdrawable: maxUnits(0n, minUnits(own.cross.wallet, spare)) };
}

export function accountMargin(account: Account): AccountMargin {
  const { joint } = account;
  const own = [...assetsOf(account)].map((asset) => assetMargin(account, asset));
  const rows = own.length === 1 ? (own[0] as AssetMargin).rows : own.flatMap((one) => one.rows);
  if (joint === undefined) {
    const [main] = own;
    return { ...(main as AssetMargin), rows, assets: own };
  }
  const all = joined(joint, own);
  const assets = own.map((one) => {
    const price = joint.of(one.asset);
    return price === undefined ? one : shared(price, one, all);
  });
  return { ...all, rows, assets };
}

/** The money that carries cross positions margined in this asset, and the rows that it carries. */
export function poolOf(account: Account, asset: string): { readonly pool: Pool; readonly rows: readonly PositionMargin[] } {
  const margin = account.joint === undefined ? assetMargin(account, asset) : accountMargin(account);
  return { pool: margin.cross, rows: margin.rows };
}

/** `available` of `assetMargin` by itself: asked for each order. */
function availableAlone(account: Account, asset: string): Units {
  let left = account.walletOf(asset);
  for (const holding of account.holdings()) {
    if (holding.market.spec.marginAsset !== asset) continue;
    for (const position of holding.positions) {
      if (!position.active) continue;
      const { notional, bidNotional, askNotional, isolatedWallet, cost } = position;
      left -= orderMarginOf(notional, bidNotional, askNotional, holding.leverage);
      if (holding.isolated) left -= isolatedWallet;
      else left += notional - cost - positionMarginOf(notional, holding.leverage);
    }
  }
  return maxUnits(0n, left);
}

/** What may be used for new orders and transfers in this asset. */
export function availableIn(account: Account, asset: string): Units {
  const { joint } = account;
  if (joint === undefined) return availableAlone(account, asset);
  const price = joint.of(asset);
  return price === undefined ? 0n : divideRounded(accountMargin(account).available * UNITS_PER_ONE, price.askRate);
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
  return needed <= 0n || needed + order.lossAtMark <= availableIn(account, holding.market.spec.marginAsset);
}
