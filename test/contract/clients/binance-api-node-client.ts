/** `binance-api-node`: everything in the query, big integers kept, stream addresses shared by all of its clients in a process. */
import * as door from 'binance-api-node';
import type { Candidate, ClientUnderTest, Loose, UserEvent } from './client-under-test.ts';
import { type DeskVenue, plain, SYMBOL } from './desk-venue.ts';
import { LocalBook } from './local-book.ts';
import { binanceApiNodeFeed } from './market-feeds.ts';
import { orderParams, stopParams } from './order-params.ts';
import { batchRow, marketViews, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

type Keys = { readonly key: string; readonly secret: string };

/** A CommonJS package with a default export: what `import` gives depends on who loads it. */
function binance(options: Loose): Loose {
  let make: Loose = door;
  while (typeof make !== 'function') make = make.default;
  return make(options);
}

export function binanceApiNodeAt(venue: DeskVenue, { key, secret }: Keys): Loose {
  return binance({
    ...{ apiKey: key, apiSecret: secret, httpFutures: venue.rest, httpBase: venue.rest },
    ...{ wsFuturesPublic: `${venue.ws}/public/ws`, wsFuturesMarket: `${venue.ws}/market/ws`, wsFuturesPrivate: `${venue.ws}/private/ws` },
  });
}

const NO_WS_API = 'it has no WS-API for futures';

export const binanceApiNodeClient: Candidate = {
  name: 'binance-api-node 0.13.10',
  dependency: 'binance-api-node',
  excused: {
    'socket-orders': NO_WS_API,
    'socket-refusals': NO_WS_API,
    'socket-wallet': NO_WS_API,
  },
  ownWays: {},
  notes: { 'book-in-step': 'it has no code of its own for a futures book: the documented procedure runs on its snapshots and frames' },
  unheardCodes: {},
  mergesEvents: false,
  keepsLongIds: true,
  idPrefix: '',
  refusalOf(error) {
    const { code, message } = error as { code?: number; message?: string };
    return typeof code === 'number' ? { code, msg: String(message) } : undefined;
  },
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const client = binanceApiNodeAt(venue, credentials);
    const closers: (() => unknown)[] = [];
    return {
      markets: async () => marketViews(await client.futuresExchangeInfo()),
      place: async (spec) => orderView(await client.futuresOrder({ ...orderParams(spec), newOrderRespType: 'RESULT' })),
      amend: async ({ symbol = SYMBOL, orderId }, change) => orderView(await client.futuresUpdateOrder({ symbol, orderId, ...change })),
      cancel: async ({ symbol = SYMBOL, orderId }) => orderView(await client.futuresCancelOrder({ symbol, orderId })),
      cancelAll: (symbol) => client.futuresCancelAllOpenOrders({ symbol }),
      order: async ({ symbol = SYMBOL, orderId }) => orderView(await client.futuresGetOrder({ symbol, orderId })),
      openOrders: async (symbol) => (await client.futuresOpenOrders({ symbol })).map(orderView),
      trades: async (symbol) => (await client.futuresUserTrades({ symbol })).map(tradeView),
      position: async (symbol) => {
        const [row] = await client.futuresPositionRisk({ symbol });
        return { amount: plain(row.positionAmt), entryPrice: plain(row.entryPrice), unrealized: plain(row.unRealizedProfit) };
      },
      balance: async () => {
        const [row] = await client.futuresAccountBalance();
        return { wallet: plain(row.balance), available: plain(row.availableBalance) };
      },
      batch: async (specs) => (await client.futuresBatchOrders({ batchOrders: JSON.stringify(specs.map(orderParams)) })).map(batchRow),
      setLeverage: (symbol, leverage) => client.futuresLeverage({ symbol, leverage }),
      placeStop: async (spec) => stopView(await client.futuresOrder(stopParams(spec))),
      stop: async (algoId) => stopView(await client.futuresGetOrder({ algoId })),
      openStops: async () => (await client.futuresOpenOrders({ symbol: SYMBOL, conditional: true })).map(stopView),
      cancelStop: (algoId) => client.futuresCancelOrder({ symbol: SYMBOL, algoId, conditional: true }),
      userStream: async () => {
        const before = venue.listeners();
        const events: UserEvent[] = [];
        // Without its transformation: that one drops what the checks look at.
        const close = await client.ws.futuresUser(({ type, ...event }: Loose) => events.push(userEvent({ e: type, ...event })), false);
        closers.push(close);
        await venue.until('its user stream', () => venue.listeners() > before);
        return { events };
      },
      keepAlive: async () => void (await client.futuresKeepDataStream({})),
      marketFeed: async (symbol) => binanceApiNodeFeed(client, symbol, closers),
      keepBook: async (symbol) => {
        const book = new LocalBook(async () => {
          const { lastUpdateId, bids, asks } = await client.futuresBook({ symbol, limit: 1000 });
          const rows = (side: Loose) => side.map(({ price, quantity }: Loose) => [price, quantity]);
          return { last: lastUpdateId, bids: rows(bids), asks: rows(asks) };
        });
        const close = client.ws.futuresDepth(`${symbol}@100ms`, (frame: Loose) => {
          const rows = (side: Loose) => side.map(({ price, quantity }: Loose) => [price, quantity]);
          const { firstUpdateId, finalUpdateId, prevFinalUpdateId, bidDepth, askDepth } = frame;
          book.apply({
            ...{ first: firstUpdateId, last: finalUpdateId, previous: prevFinalUpdateId },
            ...{ bids: rows(bidDepth), asks: rows(askDepth) },
          });
        });
        closers.push(close);
        return book;
      },
      raw: (method, path, params) => client.privateRequest(method, `/fapi/${path}`, { ...params }),
      close: async () => {
        for (const close of closers) await Promise.resolve(close()).catch(() => {});
      },
    };
  },
};
