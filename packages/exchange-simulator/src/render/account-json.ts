/** Accounts, balances and positions as the REST API prints them, versions 2 and 3. */
import type { Account } from '../account/account.ts';
import { type AccountMargin, type AssetMargin, accountMargin } from '../account/account-margin.ts';
import type { Holding } from '../account/holding.ts';
import { liquidationPrice } from '../account/liquidation-price.ts';
import { marginOf, notionalCap, type PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import { qtyText } from '../market/symbol-spec.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import type { JsonObject } from './order-json.ts';

export function balanceRows(account: Account): JsonObject[] {
  return accountMargin(account).assets.map((margin) => ({
    accountAlias: account.alias,
    asset: margin.asset,
    balance: unitsText(margin.wallet),
    crossWalletBalance: unitsText(margin.cross.wallet),
    crossUnPnl: unitsText(margin.cross.unrealized),
    availableBalance: unitsText(margin.available),
    maxWithdrawAmount: unitsText(margin.withdrawable),
    marginAvailable: true,
    updateTime: account.walletUpdatedMs,
  }));
}

function totals(margin: AccountMargin): JsonObject {
  return {
    totalInitialMargin: unitsText(margin.positionMargin + margin.orderMargin),
    totalMaintMargin: unitsText(margin.maintenance),
    totalWalletBalance: unitsText(margin.wallet),
    totalUnrealizedProfit: unitsText(margin.unrealized),
    totalMarginBalance: unitsText(margin.balance),
    totalPositionInitialMargin: unitsText(margin.positionMargin),
    totalOpenOrderInitialMargin: unitsText(margin.orderMargin),
    totalCrossWalletBalance: unitsText(margin.cross.wallet),
    totalCrossUnPnl: unitsText(margin.cross.unrealized),
    availableBalance: unitsText(margin.available),
    maxWithdrawAmount: unitsText(margin.withdrawable),
  };
}

function assetRow(account: Account, margin: AssetMargin): JsonObject {
  return {
    asset: margin.asset,
    walletBalance: unitsText(margin.wallet),
    unrealizedProfit: unitsText(margin.unrealized),
    marginBalance: unitsText(margin.balance),
    maintMargin: unitsText(margin.maintenance),
    initialMargin: unitsText(margin.positionMargin + margin.orderMargin),
    positionInitialMargin: unitsText(margin.positionMargin),
    openOrderInitialMargin: unitsText(margin.orderMargin),
    crossWalletBalance: unitsText(margin.cross.wallet),
    crossUnPnl: unitsText(margin.cross.unrealized),
    availableBalance: unitsText(margin.available),
    maxWithdrawAmount: unitsText(margin.withdrawable),
    marginAvailable: true,
    updateTime: account.walletUpdatedMs,
  };
}

/** Money of an isolated position: without and with its unrealised profit. */
function isolatedMoney({ holding, position, unrealized }: PositionMargin): JsonObject {
  if (!holding.isolated) return { isolatedMargin: '0', isolatedWallet: '0' };
  return { isolatedMargin: unitsText(position.isolatedWallet + unrealized), isolatedWallet: unitsText(position.isolatedWallet) };
}

function amountText({ position }: PositionMargin): string {
  return qtyText(position.spec, position.lots);
}

function rowsOf(holdings: readonly Holding[]): PositionMargin[] {
  return holdings.flatMap((holding) => holding.positions.map((position) => marginOf(holding, position)));
}

/** `GET v3/account`: only positions that are held or have open orders. */
export function accountV3(account: Account): JsonObject {
  const margin = accountMargin(account);
  return {
    ...totals(margin),
    assets: margin.assets.map((asset) => assetRow(account, asset)),
    positions: margin.rows.map((row) => ({
      symbol: row.position.spec.symbol,
      positionSide: row.position.side,
      positionAmt: amountText(row),
      unrealizedProfit: unitsText(row.unrealized),
      ...isolatedMoney(row),
      notional: unitsText(row.notional),
      initialMargin: unitsText(row.positionMargin + row.orderMargin),
      maintMargin: unitsText(row.maintenance),
      updateTime: row.position.updatedMs,
    })),
  };
}

/** `GET v2/account`: every symbol. */
export function accountV2(account: Account, holdings: readonly Holding[]): JsonObject {
  const margin = accountMargin(account);
  return {
    ...{ feeTier: 0, feeBurn: account.feeBurn, canTrade: true, canDeposit: true, canWithdraw: true, updateTime: 0 },
    ...{ multiAssetsMargin: account.multiAssets, tradeGroupId: -1 },
    ...totals(margin),
    assets: margin.assets.map((asset) => assetRow(account, asset)),
    positions: rowsOf(holdings).map((row) => ({
      symbol: row.position.spec.symbol,
      initialMargin: unitsText(row.positionMargin + row.orderMargin),
      maintMargin: unitsText(row.maintenance),
      unrealizedProfit: unitsText(row.unrealized),
      positionInitialMargin: unitsText(row.positionMargin),
      openOrderInitialMargin: unitsText(row.orderMargin),
      leverage: String(row.holding.leverage),
      isolated: row.holding.isolated,
      entryPrice: trimmedText(row.position.entryPrice, 1),
      breakEvenPrice: trimmedText(row.position.breakEvenPrice, 1),
      maxNotional: trimmedText(notionalCap(row.position.spec, row.holding.leverage)),
      bidNotional: trimmedText(row.position.bidNotional),
      askNotional: trimmedText(row.position.askNotional),
      positionSide: row.position.side,
      positionAmt: amountText(row),
      ...(row.holding.isolated ? { isolatedWallet: unitsText(row.position.isolatedWallet) } : { isolatedWallet: '0' }),
      updateTime: row.position.updatedMs,
    })),
  };
}

function riskCore(account: Account, row: PositionMargin): JsonObject {
  const { position } = row;
  const liquidation = liquidationPrice(account, row);
  return {
    symbol: position.spec.symbol,
    positionSide: position.side,
    positionAmt: amountText(row),
    entryPrice: trimmedText(position.entryPrice, 1),
    breakEvenPrice: trimmedText(position.breakEvenPrice, 1),
    markPrice: unitsText(position.market.mark),
    unRealizedProfit: unitsText(row.unrealized),
    liquidationPrice: liquidation === undefined ? '0' : unitsText(liquidation),
    notional: unitsText(row.notional),
    ...isolatedMoney(row),
    updateTime: position.updatedMs,
  };
}

/** Only positions that are held or have open orders; `adlOf` tells the rank in the queue of deleveraging. */
export function positionRiskV3(account: Account, holdings: readonly Holding[], adlOf: (position: Position) => number): JsonObject[] {
  const rows = rowsOf(holdings).filter(({ position }) => position.active);
  return rows.map((row) => ({
    ...riskCore(account, row),
    marginAsset: row.position.spec.marginAsset,
    initialMargin: unitsText(row.positionMargin + row.orderMargin),
    maintMargin: unitsText(row.maintenance),
    positionInitialMargin: unitsText(row.positionMargin),
    openOrderInitialMargin: unitsText(row.orderMargin),
    adl: adlOf(row.position),
    bidNotional: trimmedText(row.position.bidNotional),
    askNotional: trimmedText(row.position.askNotional),
  }));
}

export function positionRiskV2(account: Account, holdings: readonly Holding[]): JsonObject[] {
  return rowsOf(holdings).map((row) => ({
    ...riskCore(account, row),
    leverage: String(row.holding.leverage),
    maxNotionalValue: trimmedText(notionalCap(row.position.spec, row.holding.leverage)),
    marginType: row.holding.isolated ? 'isolated' : 'cross',
    isAutoAddMargin: 'false',
  }));
}
