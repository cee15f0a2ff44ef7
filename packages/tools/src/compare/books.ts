/** What one party holds to be true of the account: open orders, positions, balance, as plain comparable rows in a fixed order. */
import { decimal, decimalText, tryDecimal } from '@fillwright/domain/decimal';
import type { BalanceView, OrderView } from '@fillwright/messages';

export interface OrderRow {
  readonly clientOrderId: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  /** `''` for an order without one. */
  readonly price: string;
  readonly qty: string;
  readonly filled: string;
}

export interface PositionRow {
  readonly instrument: string;
  readonly qty: string;
  readonly entryPrice: string;
}

export interface BalanceRow {
  readonly asset: string;
  readonly wallet: string;
}

export interface Books {
  readonly orders: readonly OrderRow[];
  /** Without flat ones. */
  readonly positions: readonly PositionRow[];
  /** Without empty ones. */
  readonly balances: readonly BalanceRow[];
}

/** A row of the simulator's control API, `GET /__sim/accounts/<name>`; numbers are texts. */
export interface ExchangeAccount {
  readonly name: string;
  readonly asset: string;
  readonly walletBalance: string;
  readonly ordersAccepted: number;
  readonly trades: number;
  readonly positions: readonly { readonly symbol: string; readonly positionAmt: string; readonly entryPrice: string }[];
  readonly openOrders: readonly ExchangeOrder[];
}

export interface ExchangeOrder {
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly side: string;
  readonly price: string;
  readonly origQty: string;
  readonly executedQty: string;
}

/** The instrument id of a perpetual of the exchange. */
export function perpetualOf(symbol: string, exchange: string): string {
  return `${symbol}-PERP.${exchange}`;
}

export function booksOfExchange(account: ExchangeAccount, exchange: string): Books {
  return sorted({
    orders: account.openOrders.map((order) => ({
      clientOrderId: order.clientOrderId,
      instrument: perpetualOf(order.symbol, exchange),
      side: order.side === 'BUY' ? 'buy' : 'sell',
      price: priceText(order.price),
      qty: plain(order.origQty),
      filled: plain(order.executedQty),
    })),
    positions: account.positions.map(({ symbol, positionAmt, entryPrice }) => {
      return { instrument: perpetualOf(symbol, exchange), qty: positionAmt, entryPrice };
    }),
    balances: [{ asset: account.asset, wallet: account.walletBalance }],
  });
}

export interface HeldPosition {
  readonly instrument: string;
  readonly qty: string;
  readonly entryPrice: string;
}

/** From the views on the wire; orders that are not open at the venue stand in the list too, so that they show as a difference. */
export function booksOfViews(views: {
  readonly orders?: readonly OrderView[] | undefined;
  readonly positions?: readonly HeldPosition[] | undefined;
  readonly balances?: readonly BalanceView[] | undefined;
}): Books {
  return sorted({
    orders: (views.orders ?? []).map((order) => ({
      clientOrderId: order.clientOrderId,
      instrument: order.instrument,
      side: order.side,
      price: priceText(order.price),
      qty: plain(order.qty),
      filled: plain(order.filledQty),
    })),
    positions: (views.positions ?? []).map(({ instrument, qty, entryPrice }) => ({ instrument, qty, entryPrice })),
    balances: (views.balances ?? []).map(({ asset, wallet }) => ({ asset, wallet })),
  });
}

function sorted(books: Books): Books {
  const positions = books.positions.map(({ instrument, qty, entryPrice }) => {
    return { instrument, qty: plain(qty), entryPrice: plain(entryPrice) };
  });
  const balances = books.balances.map(({ asset, wallet }) => ({ asset, wallet: plain(wallet) }));
  return {
    orders: books.orders.toSorted((a, b) => compareText(a.clientOrderId, b.clientOrderId)),
    positions: positions.filter(({ qty }) => qty !== '0').toSorted((a, b) => compareText(a.instrument, b.instrument)),
    balances: balances.filter(({ wallet }) => wallet !== '0').toSorted((a, b) => compareText(a.asset, b.asset)),
  };
}

/** Canonical, so that equal amounts are equal texts: `0.0100` and `0.01` are the same size. @throws RangeError */
function plain(text: string): string {
  return decimalText(decimal(text));
}

/** The venue prints 0 for an order without a price. */
function priceText(text: string | undefined): string {
  const price = tryDecimal(text);
  return price === undefined || price.isZero() ? '' : decimalText(price);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
