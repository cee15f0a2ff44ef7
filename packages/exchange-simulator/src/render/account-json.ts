/** Accounts, balances and positions as the REST API prints them, versions 2 and 3. */
import type { Account } from '../account/account.ts';
import type { Holding } from '../account/holding.ts';
import { type AccountMargin, accountMargin, type HoldingMargin, holdingMargin, liquidationPrice, notionalCap } from '../account/margin.ts';
import { qtyText } from '../market/symbol-spec.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import type { JsonObject } from './order-json.ts';

export function balanceRows(account: Account): JsonObject[] {
  const margin = accountMargin(account);
  return [
    {
      accountAlias: account.alias,
      asset: 'USDT',
      balance: unitsText(margin.wallet),
      crossWalletBalance: unitsText(margin.wallet),
      crossUnPnl: unitsText(margin.unrealized),
      availableBalance: unitsText(margin.available),
      maxWithdrawAmount: unitsText(margin.withdrawable),
      marginAvailable: true,
      updateTime: account.walletUpdatedMs,
    },
  ];
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
    totalCrossWalletBalance: unitsText(margin.wallet),
    totalCrossUnPnl: unitsText(margin.unrealized),
    availableBalance: unitsText(margin.available),
    maxWithdrawAmount: unitsText(margin.withdrawable),
  };
}

function assetRow(account: Account, margin: AccountMargin): JsonObject {
  return {
    asset: 'USDT',
    walletBalance: unitsText(margin.wallet),
    unrealizedProfit: unitsText(margin.unrealized),
    marginBalance: unitsText(margin.balance),
    maintMargin: unitsText(margin.maintenance),
    initialMargin: unitsText(margin.positionMargin + margin.orderMargin),
    positionInitialMargin: unitsText(margin.positionMargin),
    openOrderInitialMargin: unitsText(margin.orderMargin),
    crossWalletBalance: unitsText(margin.wallet),
    crossUnPnl: unitsText(margin.unrealized),
    availableBalance: unitsText(margin.available),
    maxWithdrawAmount: unitsText(margin.withdrawable),
    marginAvailable: true,
    updateTime: account.walletUpdatedMs,
  };
}

function amountText({ market, position }: Holding): string {
  return position.lots === 0 ? qtyText(market.spec, 0) : qtyText(market.spec, position.lots);
}

/** `GET v3/account`: only symbols with a position or open orders. */
export function accountV3(account: Account): JsonObject {
  const margin = accountMargin(account);
  return {
    ...totals(margin),
    assets: [assetRow(account, margin)],
    positions: margin.holdings.map((row) => ({
      symbol: row.holding.market.spec.symbol,
      positionSide: 'BOTH',
      positionAmt: amountText(row.holding),
      unrealizedProfit: unitsText(row.unrealized),
      isolatedMargin: '0',
      notional: unitsText(row.notional),
      isolatedWallet: '0',
      initialMargin: unitsText(row.positionMargin + row.orderMargin),
      maintMargin: unitsText(row.maintenance),
      updateTime: row.holding.position.updatedMs,
    })),
  };
}

/** `GET v2/account`: every symbol. */
export function accountV2(account: Account, holdings: readonly Holding[]): JsonObject {
  const margin = accountMargin(account);
  return {
    ...{ feeTier: 0, feeBurn: true, canTrade: true, canDeposit: true, canWithdraw: true, updateTime: 0 },
    ...{ multiAssetsMargin: false, tradeGroupId: -1 },
    ...totals(margin),
    assets: [assetRow(account, margin)],
    positions: holdings.map((holding) => {
      const row = holdingMargin(holding);
      return {
        symbol: holding.market.spec.symbol,
        initialMargin: unitsText(row.positionMargin + row.orderMargin),
        maintMargin: unitsText(row.maintenance),
        unrealizedProfit: unitsText(row.unrealized),
        positionInitialMargin: unitsText(row.positionMargin),
        openOrderInitialMargin: unitsText(row.orderMargin),
        leverage: String(holding.leverage),
        isolated: false,
        entryPrice: trimmedText(holding.position.entryPrice, 1),
        breakEvenPrice: trimmedText(holding.position.breakEvenPrice, 1),
        maxNotional: trimmedText(notionalCap(holding.market.spec, holding.leverage)),
        bidNotional: trimmedText(holding.bidNotional),
        askNotional: trimmedText(holding.askNotional),
        positionSide: 'BOTH',
        positionAmt: amountText(holding),
        updateTime: holding.position.updatedMs,
      };
    }),
  };
}

function riskCore(margin: AccountMargin, row: HoldingMargin): JsonObject {
  const { position, market } = row.holding;
  const liquidation = liquidationPrice(margin, row);
  return {
    symbol: market.spec.symbol,
    positionSide: 'BOTH',
    positionAmt: amountText(row.holding),
    entryPrice: trimmedText(position.entryPrice, 1),
    breakEvenPrice: trimmedText(position.breakEvenPrice, 1),
    markPrice: unitsText(market.mark),
    unRealizedProfit: unitsText(row.unrealized),
    liquidationPrice: liquidation === undefined ? '0' : unitsText(liquidation),
    isolatedMargin: '0',
    notional: unitsText(row.notional),
    isolatedWallet: '0',
    updateTime: position.updatedMs,
  };
}

export function positionRiskV3(account: Account, holdings: readonly Holding[]): JsonObject[] {
  const margin = accountMargin(account);
  return holdings.map((holding) => {
    const row = holdingMargin(holding);
    return {
      ...riskCore(margin, row),
      marginAsset: 'USDT',
      initialMargin: unitsText(row.positionMargin + row.orderMargin),
      maintMargin: unitsText(row.maintenance),
      positionInitialMargin: unitsText(row.positionMargin),
      openOrderInitialMargin: unitsText(row.orderMargin),
      adl: holding.position.lots === 0 ? 0 : 1,
      bidNotional: trimmedText(holding.bidNotional),
      askNotional: trimmedText(holding.askNotional),
    };
  });
}

export function positionRiskV2(account: Account, holdings: readonly Holding[]): JsonObject[] {
  const margin = accountMargin(account);
  return holdings.map((holding) => ({
    ...riskCore(margin, holdingMargin(holding)),
    leverage: String(holding.leverage),
    maxNotionalValue: trimmedText(notionalCap(holding.market.spec, holding.leverage)),
    marginType: 'cross',
    isAutoAddMargin: 'false',
  }));
}
