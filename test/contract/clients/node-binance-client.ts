/** `node-binance-api`: futures in the query, errors as the reply's text, stream addresses without an option since the routes were split. */
import Binance from 'node-binance-api';
import type { Candidate, ClientUnderTest, Loose, UserEvent } from './client-under-test.ts';
import { type DeskVenue, plain, SYMBOL } from './desk-venue.ts';
import { LocalBook } from './local-book.ts';
import { nodeBinanceFeed } from './market-feeds.ts';
import { orderParams, stopParams } from './order-params.ts';
import { batchRow, marketViews, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

/** Its routed stream addresses are written out in this one method; everything else has an option. */
export function nodeBinanceAt(venue: DeskVenue, { key, secret }: { readonly key: string; readonly secret: string }): Loose {
  const client: Loose = new Binance();
  client.setOptions({ APIKEY: key, APISECRET: secret, urls: { fapi: `${venue.rest}/fapi/` }, log: () => {} });
  client.getFStreamSingleUrl = (category = 'public') => `${venue.ws}/${category}/ws/`;
  return client;
}

const NO_WS_API = 'it has no WS-API for futures';

export const nodeBinanceClient: Candidate = {
  name: 'node-binance-api 1.0.33',
  dependency: 'node-binance-api',
  excused: {
    'socket-orders': NO_WS_API,
    'socket-refusals': NO_WS_API,
    'socket-wallet': NO_WS_API,
  },
  ownWays: {},
  notes: {
    'book-in-step': 'it has no code of its own for a futures book: the documented procedure runs on its snapshots and frames',
    'book-reconnects': 'through the function that its user gives with the subscription',
    amends: 'it has no function to modify an order: by its own privateFuturesRequest',
    'amend-loses-place': 'it has no function to modify an order: by its own privateFuturesRequest',
  },
  unheardCodes: {},
  mergesEvents: false,
  keepsLongIds: false,
  idPrefix: '',
  refusalOf(error) {
    try {
      const { code, msg } = JSON.parse((error as Error).message) as { code: number; msg: string };
      return { code, msg };
    } catch {
      return undefined; // its own error, not the reply's text
    }
  },
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const client = nodeBinanceAt(venue, credentials);
    return {
      markets: async () => marketViews(await client.futuresExchangeInfo()),
      place: async (spec) => {
        const { symbol, side, type, quantity, price, ...rest } = orderParams(spec);
        return orderView(await client.futuresOrder(type, side, symbol, quantity, price, { ...rest, newOrderRespType: 'RESULT' }));
      },
      // It has no function to modify an order.
      amend: async ({ symbol = SYMBOL, orderId }, change) =>
        orderView(await client.privateFuturesRequest('v1/order', { symbol, orderId, ...change }, 'PUT')),
      cancel: async ({ symbol = SYMBOL, orderId }) => orderView(await client.futuresCancel(symbol, orderId)),
      cancelAll: (symbol) => client.futuresCancelAll(symbol),
      order: async ({ symbol = SYMBOL, orderId }) => orderView(await client.futuresOrderStatus(symbol, { orderId })),
      openOrders: async (symbol) => (await client.futuresOpenOrders(symbol)).map(orderView),
      trades: async (symbol) => (await client.futuresUserTrades(symbol)).map(tradeView),
      position: async (symbol) => {
        const [row] = await client.futuresPositionRisk({ symbol });
        if (row === undefined) return { amount: '0', entryPrice: '0', unrealized: '0' };
        return { amount: plain(row.positionAmt), entryPrice: plain(row.entryPrice), unrealized: plain(row.unRealizedProfit) };
      },
      balance: async () => {
        const [row] = await client.futuresBalance();
        return { wallet: plain(row.balance), available: plain(row.availableBalance) };
      },
      batch: async (specs) => (await client.futuresMultipleOrders(specs.map(orderParams))).map(batchRow),
      setLeverage: (symbol, leverage) => client.futuresLeverage(symbol, leverage),
      placeStop: async (spec) => {
        const { symbol, side, type, quantity, price, ...rest } = stopParams(spec);
        return stopView(await client.futuresOrder(type, side, symbol, quantity, price, rest));
      },
      stop: async (algoId) => stopView(await client.futuresAlgoOrderStatus(SYMBOL, { algoId })),
      openStops: async () => (await client.futuresOpenAlgoOrders(SYMBOL)).map(stopView),
      cancelStop: (algoId) => client.futuresCancelAlgoOrder(SYMBOL, algoId),
      userStream: async () => {
        const before = venue.listeners();
        const events: UserEvent[] = [];
        client.userFutureData((event: Loose) => events.push(userEvent(event)));
        await venue.until('its user stream', () => venue.listeners() > before);
        return { events };
      },
      keepAlive: () => client.futuresKeepDataStream(),
      marketFeed: async (symbol) => nodeBinanceFeed(client, symbol),
      keepBook: async (symbol) => {
        const book = new LocalBook(async () => {
          const { lastUpdateId, bids, asks } = await client.publicFuturesRequest('v1/depth', { symbol, limit: 1000 });
          return { last: lastUpdateId, bids, asks };
        });
        const frame = ({ U, u, pu, b, a }: Loose) =>
          book.apply({ first: Number(U), last: Number(u), previous: Number(pu), bids: b, asks: a });
        const subscribe = (): void => client.futuresSubscribe(`${symbol.toLowerCase()}@depth@100ms`, frame, { reconnect: subscribe });
        subscribe();
        return book;
      },
      raw: (method, path, params) => client.privateFuturesRequest(path, { ...params }, method),
      close: async () => {
        client.Options.reconnect = false;
        for (const endpoint of Object.keys(client.futuresSubscriptions)) client.futuresTerminate(endpoint);
      },
    };
  },
};
