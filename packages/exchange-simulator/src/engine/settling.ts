/** The end of a contract: nothing more is traded, all orders expire, every position is closed at one price, and the symbol is closed. */
import type { Market } from '../market/market.ts';
import { EXPIRY } from '../order/order.ts';
import type { Engine } from './engine.ts';

/** `ticks` is the settlement price. Longs and shorts are of one size, so no money is made or lost. */
export function settleMarket(engine: Engine, market: Market, ticks: number): void {
  engine.setStatus(market, 'SETTLING');
  engine.algo.marketEnded(market);
  const accounts = [...engine.accounts()];
  for (const account of accounts) engine.expireAll(account, market, EXPIRY.delisting);
  engine.settleAll(market, ticks);
  // Who is worth less than nothing by now owes nothing: the fund pays.
  for (const account of accounts) if (!account.house) engine.liquidation.clearDebt(account, market.spec.marginAsset);
  engine.setStatus(market, 'CLOSE');
}
