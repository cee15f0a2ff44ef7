/** User events and rows in the venue's own spelling, for the clients that pass them on as they are. */
import type { Loose, OrderView, StopView, TradeView, UserEvent } from './client-under-test.ts';
import { plain } from './desk-venue.ts';

export function userEvent(event: Loose): UserEvent {
  switch (event.e) {
    case 'ORDER_TRADE_UPDATE': {
      const { c, x, X, l, z } = event.o;
      return { type: 'order', clientId: c, execution: x, status: X, last: plain(l), filled: plain(z) };
    }
    case 'ACCOUNT_UPDATE': {
      const amounts = Object.fromEntries(event.a.P.map((row: Loose) => [row.s, plain(row.pa)]));
      return { type: 'account', wallet: plain(event.a.B[0]?.wb), amounts };
    }
    case 'ALGO_UPDATE':
      return { type: 'algo', clientId: event.o.caid, status: event.o.X };
    default:
      return { type: 'other', name: String(event.e) };
  }
}

export function orderView(row: Loose): OrderView {
  return {
    orderId: String(row.orderId),
    clientId: row.clientOrderId,
    status: row.status,
    price: plain(row.price),
    quantity: plain(row.origQty),
    filled: plain(row.executedQty),
  };
}

export function tradeView(row: Loose): TradeView {
  return {
    orderId: String(row.orderId),
    price: plain(row.price),
    quantity: plain(row.qty),
    fee: plain(row.commission),
    profit: plain(row.realizedPnl),
    maker: row.maker,
  };
}

export function stopView(row: Loose): StopView {
  return { algoId: String(row.algoId), clientId: row.clientAlgoId, status: row.algoStatus };
}

/** Rows of a batch answer. */
export function batchRow(row: Loose) {
  return row.orderId === undefined ? { code: Number(row.code), msg: String(row.msg) } : orderView(row);
}

/** Filters of `exchangeInfo` by symbol. */
export function marketViews(info: Loose) {
  return Object.fromEntries(
    info.symbols.map((row: Loose) => {
      const filter = (type: string) => row.filters.find((one: Loose) => one.filterType === type);
      const tick = plain(filter('PRICE_FILTER').tickSize);
      return [row.symbol, { tick, step: plain(filter('LOT_SIZE').stepSize), minNotional: plain(filter('MIN_NOTIONAL').notional) }];
    }),
  );
}
