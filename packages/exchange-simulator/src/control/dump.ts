/** The venue's books and accounts as plain data: the witness that checks compare against. */
import type { Account } from '../account/account.ts';
import { accountMargin } from '../account/account-margin.ts';
import type { Feed } from '../flow/feed.ts';
import { Flow } from '../flow/flow.ts';
import { priceText, qtyText } from '../market/symbol-spec.ts';
import type { JsonValue } from '../numbers/json.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import { levelRows } from '../render/market-json.ts';
import { algoRow, orderRow, userTradeRow } from '../render/order-json.ts';
import type { ControlledVenue } from './controlled-venue.ts';

/** Newest trades of each symbol in a dump. */
const TRADES_SHOWN = 1_000;
const LEVELS_SHOWN = 20;

function accountRow(venue: ControlledVenue, account: Account): JsonValue {
  const margin = accountMargin(account);
  const positions: JsonValue[] = [];
  const openOrders: JsonValue[] = [];
  const trades: JsonValue[] = [];
  for (const { market, positions: held, open, trades: booked } of account.holdings()) {
    const { spec } = market;
    for (const position of booked.length > 0 ? held : held.filter(({ lots }) => lots !== 0)) {
      positions.push({
        ...{ symbol: spec.symbol, positionSide: position.side, positionAmt: qtyText(spec, position.lots) },
        ...{ entryPrice: trimmedText(position.entryPrice), realizedPnl: unitsText(position.realized) },
        ...{ unrealizedPnl: unitsText(position.unrealized), isolatedWallet: unitsText(position.isolatedWallet) },
      });
    }
    for (const order of open) openOrders.push(orderRow(order));
    for (const trade of booked.slice(-TRADES_SHOWN)) trades.push(userTradeRow(spec, trade));
  }
  return {
    ...{ name: account.name, asset: 'USDT', walletBalance: unitsText(account.wallet), availableBalance: unitsText(margin.available) },
    ...(account.others.size === 0
      ? {}
      : { otherBalances: Object.fromEntries([...account.others].map(([asset, held]) => [asset, unitsText(held)])) }),
    ...{ ordersAccepted: account.ordersAccepted, trades: account.tradesBooked },
    listenKeyExpires: venue.listenKeys.expiresMs(account) ?? null,
    ...{ positions, openOrders, openAlgoOrders: venue.engine.algo.open(account).map((algo) => algoRow(algo, true)) },
    lastTrades: trades,
  };
}

/** Clients only; the venue's own flow is no account of anybody. */
export function accountsDump(venue: ControlledVenue): JsonValue {
  return [...venue.engine.accounts()].filter((account) => !account.house).map((account) => accountRow(venue, account));
}

export function accountDump(venue: ControlledVenue, name: string): JsonValue {
  return accountRow(venue, venue.engine.account(name) ?? refuse(new Refusal(404, `no account ${name}`, 404)));
}

function feedRow(feed: Feed | undefined) {
  return { flowing: feed?.running === true, regime: feed instanceof Flow ? feed.regime : undefined, feed: feed?.state };
}

export function marketsDump(venue: ControlledVenue): JsonValue {
  return [...venue.engine.markets()].map((market) => ({
    ...{
      symbol: market.spec.symbol,
      status: market.status,
      ...feedRow(venue.feeds.get(market.spec.symbol)),
      markPrice: unitsText(market.mark),
    },
    ...{ lastPrice: market.tape.lastTicks === 0 ? null : priceText(market.spec, market.tape.lastTicks), lastUpdateId: market.lastUpdateId },
    bids: levelRows(market.spec, market.book.bids, LEVELS_SHOWN),
    asks: levelRows(market.spec, market.book.asks, LEVELS_SHOWN),
  }));
}
