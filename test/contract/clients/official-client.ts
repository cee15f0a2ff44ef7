/** The exchange's own connector: everything in the query, 19-digit ids kept, three stream sockets, user events below the listen key's name. */
import { DerivativesTradingUsdsFutures } from '@binance/derivatives-trading-usds-futures';
import type { Candidate, ClientUnderTest, Loose, SocketTrader, UserEvent } from './client-under-test.ts';
import { type DeskVenue, plain, SYMBOL } from './desk-venue.ts';
import { LocalBook } from './local-book.ts';
import { officialFeed } from './market-feeds.ts';
import { orderParams, stopParams } from './order-params.ts';
import { batchRow, marketViews, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

// Its logger tells every connection and reads its level from here.
process.env.LOG_LEVEL = 'error';

export function officialAt(venue: DeskVenue, { key, secret }: { readonly key: string; readonly secret: string }): Loose {
  return new DerivativesTradingUsdsFutures({
    configurationRestAPI: { apiKey: key, apiSecret: secret, basePath: venue.rest, timeout: 5_000 },
    configurationWebsocketAPI: { apiKey: key, apiSecret: secret, wsURL: `${venue.ws}/ws-fapi/v1` },
    configurationWebsocketStreams: { wsURL: venue.ws, reconnectDelay: 100 },
  });
}

const DROPS_BODIES = 'of a 5xx it tells the status and drops the body';

export const officialClient: Candidate = {
  name: '@binance/derivatives-trading-usds-futures 38.1.1',
  dependency: '@binance/derivatives-trading-usds-futures',
  excused: { 'key-own-timer': 'it has no timer for it: the user calls keepaliveUserDataStream' },
  ownWays: {},
  notes: { 'book-in-step': 'it has no code of its own for a futures book: the documented procedure runs on its snapshots and frames' },
  unheardCodes: { '-1001': DROPS_BODIES, '-1008': DROPS_BODIES, '-1016': DROPS_BODIES },
  mergesEvents: false,
  keepsLongIds: true,
  idPrefix: '',
  refusalOf(error) {
    const { code, message } = error as { code?: number; message?: string };
    return typeof code === 'number' ? { code, msg: String(message) } : undefined;
  },
  socketTrader: officialSocketTrader,
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const client = officialAt(venue, credentials);
    const rest = client.restAPI;
    const streams: Loose[] = [];
    const answer = async (call: Promise<Loose>): Promise<Loose> => (await call).data();
    const connect = async (): Promise<Loose> => {
      const connection = await client.websocketStreams.connect();
      streams.push(connection);
      return connection;
    };
    return {
      markets: async () => marketViews(await answer(rest.exchangeInformation())),
      place: async (spec) => orderView(await answer(rest.newOrder({ ...orderParams(spec), newOrderRespType: 'RESULT' }))),
      amend: async ({ symbol = SYMBOL, orderId }, change) =>
        orderView(await answer(rest.modifyOrder({ symbol, orderId: BigInt(orderId), ...change }))),
      cancel: async ({ symbol = SYMBOL, orderId }) => orderView(await answer(rest.cancelOrder({ symbol, orderId: BigInt(orderId) }))),
      cancelAll: async (symbol) => void (await answer(rest.cancelAllOpenOrders({ symbol }))),
      order: async ({ symbol = SYMBOL, orderId }) => orderView(await answer(rest.queryOrder({ symbol, orderId: BigInt(orderId) }))),
      openOrders: async (symbol) => (await answer(rest.currentAllOpenOrders({ symbol }))).map(orderView),
      trades: async (symbol) => (await answer(rest.accountTradeList({ symbol }))).map(tradeView),
      position: async (symbol) => {
        const [row] = await answer(rest.positionInformationV3({ symbol }));
        if (row === undefined) return { amount: '0', entryPrice: '0', unrealized: '0' };
        return { amount: plain(row.positionAmt), entryPrice: plain(row.entryPrice), unrealized: plain(row.unRealizedProfit) };
      },
      balance: async () => {
        const [row] = await answer(rest.futuresAccountBalanceV3());
        return { wallet: plain(row.balance), available: plain(row.availableBalance) };
      },
      batch: async (specs) => (await answer(rest.placeMultipleOrders({ batchOrders: specs.map(orderParams) }))).map(batchRow),
      setLeverage: async (symbol, leverage) => void (await answer(rest.changeInitialLeverage({ symbol, leverage }))),
      placeStop: async (spec) => stopView(await answer(rest.newAlgoOrder(stopParams(spec)))),
      stop: async (algoId) => stopView(await answer(rest.queryAlgoOrder({ algoId: Number(algoId) }))),
      openStops: async () => (await answer(rest.currentAllAlgoOpenOrders({ symbol: SYMBOL }))).map(stopView),
      cancelStop: async (algoId) => void (await answer(rest.cancelAlgoOrder({ algoId: Number(algoId) }))),
      userStream: async () => {
        const before = venue.listeners();
        const events: UserEvent[] = [];
        const { listenKey } = await answer(rest.startUserDataStream());
        const connection = await connect();
        connection.userData(listenKey).on('message', (event: Loose) => events.push(userEvent(event)));
        await venue.until('its user stream', () => venue.listeners() > before);
        return { events };
      },
      keepAlive: async () => void (await answer(rest.keepaliveUserDataStream())),
      marketFeed: async (symbol) => officialFeed(await connect(), symbol),
      keepBook: async (symbol) => {
        const book = new LocalBook(async () => {
          const { lastUpdateId, bids, asks } = await answer(rest.orderBook({ symbol, limit: 1000 }));
          return { last: Number(lastUpdateId), bids, asks };
        });
        const connection = await connect();
        connection.diffBookDepthStreams({ symbol: symbol.toLowerCase(), updateSpeed: '100ms' }).on('message', (frame: Loose) => {
          const { U, u, pu, b, a } = frame;
          book.apply({ first: Number(U), last: Number(u), previous: Number(pu), bids: b, asks: a });
        });
        return book;
      },
      raw: (method, path, params) => answer(rest.sendSignedRequest(`/fapi/${path}`, method, params)),
      // It waits a second for each socket before it closes it; ending the venue does the same at once.
      close: async () => void streams.map((connection) => connection.disconnect().catch(() => {})),
    };
  },
};

async function officialSocketTrader(venue: DeskVenue): Promise<SocketTrader> {
  const connection = await officialAt(venue, venue.credentials('demo')).websocketAPI.connect();
  const answer = async (call: Promise<{ data: Loose }>) => (await call).data;
  return {
    place: (order) => answer(connection.newOrder({ ...order, newOrderRespType: 'RESULT' })),
    modify: (change) => answer(connection.modifyOrder(change)),
    cancel: (ref) => answer(connection.cancelOrder(ref)),
    status: (ref) => answer(connection.queryOrder(ref)),
    wallet: async () => (await answer(connection.futuresAccountBalance()))[0].balance,
    codeOf: (error) => (error as { code?: number }).code,
    close: async () => void connection.disconnect().catch(() => {}), // it waits a second; the venue's end is sooner
  };
}
