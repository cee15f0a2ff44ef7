/** `binance` by tiagosiebler: everything in the query, addresses by `baseUrl` and `wsUrl`; its REST side parses ids as doubles. */
import { USDMClient, WebsocketAPIClient, WebsocketClient } from 'binance';
import type { Candidate, ClientUnderTest, Loose, SocketTrader, UserEvent } from './client-under-test.ts';
import { type DeskVenue, plain, SYMBOL } from './desk-venue.ts';
import { LocalBook } from './local-book.ts';
import { tiagosieblerFeed } from './market-feeds.ts';
import { orderParams, stopParams } from './order-params.ts';
import { batchRow, marketViews, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

const silent = (): void => {};
const logger = { trace: silent, info: silent, error: silent };

type Keys = { readonly key: string; readonly secret: string };

export function usdmClientAt(venue: DeskVenue, { key, secret }: Keys): USDMClient {
  return new USDMClient({ api_key: key, api_secret: secret, baseUrl: venue.rest });
}

export function webSocketClientAt(venue: DeskVenue, { key, secret }: Keys): WebsocketClient {
  const client = new WebsocketClient(
    { api_key: key, api_secret: secret, wsUrl: venue.ws, restOptions: { baseUrl: venue.rest }, reconnectTimeout: 50 },
    logger,
  );
  client.on('exception', silent);
  return client;
}

export const tiagosieblerClient: Candidate = {
  name: 'binance 3.6.5',
  dependency: 'binance',
  excused: {},
  ownWays: {},
  notes: { 'book-in-step': 'it has no code of its own for a futures book: the documented procedure runs on its snapshots and frames' },
  unheardCodes: {},
  mergesEvents: false,
  keepsLongIds: false,
  idPrefix: 'x-15PC4ZJy',
  refusalOf(error) {
    const { code, message } = error as { code?: number; message?: string };
    return typeof code === 'number' ? { code, msg: String(message) } : undefined;
  },
  socketTrader,
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const rest: Loose = usdmClientAt(venue, credentials);
    const sockets: WebsocketClient[] = [];
    const socket = (): WebsocketClient => {
      const made = webSocketClientAt(venue, credentials);
      sockets.push(made);
      return made;
    };
    return {
      markets: async () => marketViews(await rest.getExchangeInfo()),
      place: async (spec) => orderView(await rest.submitNewOrder({ ...orderParams(spec), newOrderRespType: 'RESULT' })),
      amend: async ({ symbol = SYMBOL, orderId }, change) => orderView(await rest.modifyOrder({ symbol, orderId, ...change })),
      cancel: async ({ symbol = SYMBOL, orderId }) => orderView(await rest.cancelOrder({ symbol, orderId })),
      cancelAll: (symbol) => rest.cancelAllOpenOrders({ symbol }),
      order: async ({ symbol = SYMBOL, orderId }) => orderView(await rest.getOrder({ symbol, orderId })),
      openOrders: async (symbol) => (await rest.getAllOpenOrders({ symbol })).map(orderView),
      trades: async (symbol) => (await rest.getAccountTrades({ symbol })).map(tradeView),
      position: async (symbol) => {
        const [row] = await rest.getPositions({ symbol });
        return { amount: plain(row.positionAmt), entryPrice: plain(row.entryPrice), unrealized: plain(row.unRealizedProfit) };
      },
      balance: async () => {
        const [row] = await rest.getBalanceV3();
        return { wallet: plain(row.balance), available: plain(row.availableBalance) };
      },
      batch: async (specs) => (await rest.submitMultipleOrders(specs.map(orderParams))).map(batchRow),
      setLeverage: (symbol, leverage) => rest.setLeverage({ symbol, leverage }),
      placeStop: async (spec) => stopView(await rest.submitNewAlgoOrder(stopParams(spec))),
      stop: async (algoId) => stopView(await rest.getAlgoOrder({ algoId })),
      openStops: async () => (await rest.getOpenAlgoOrders({ symbol: SYMBOL })).map(stopView),
      cancelStop: (algoId) => rest.cancelAlgoOrder({ algoId }),
      userStream: async () => {
        const before = venue.listeners();
        const events: UserEvent[] = [];
        const ws = socket();
        ws.on('message', (event: Loose) => events.push(userEvent(event)));
        await ws.subscribeUsdFuturesUserDataStream();
        await venue.until('its user stream', () => venue.listeners() > before);
        return { events };
      },
      keepAlive: () => rest.keepAliveFuturesUserDataListenKey(),
      marketFeed: (symbol) => tiagosieblerFeed(socket(), symbol),
      keepBook: async (symbol) => {
        const book = new LocalBook(async () => {
          const { lastUpdateId, bids, asks } = await rest.getOrderBook({ symbol, limit: 1000 });
          return { last: lastUpdateId, bids, asks };
        });
        const ws = socket();
        ws.on('message', ({ U, u, pu, b, a }: Loose) => book.apply({ first: U, last: u, previous: pu, bids: b, asks: a }));
        await ws.subscribe([`${symbol.toLowerCase()}@depth@100ms`], 'usdmPublic');
        return book;
      },
      raw: (method, path, params) => {
        const call = { GET: 'getPrivate', POST: 'postPrivate', PUT: 'putPrivate', DELETE: 'deletePrivate' }[method];
        return rest[call](`fapi/${path}`, params);
      },
      close: async () => {
        for (const ws of sockets) ws.closeAll(true);
      },
    };
  },
};

async function socketTrader(venue: DeskVenue): Promise<SocketTrader> {
  const { key, secret } = venue.credentials('demo');
  const client: Loose = new WebsocketAPIClient({ api_key: key, api_secret: secret, wsUrl: venue.ws, attachEventListeners: false }, logger);
  client.getWSClient().on('exception', silent);
  const timed = (params: object) => ({ ...params, timestamp: Math.floor(venue.clock.wallUs() / 1000) });
  const answer = async (call: Promise<{ result: Loose }>) => (await call).result;
  return {
    place: (order) => answer(client.submitNewFuturesOrder('usdm', timed({ ...order, newOrderRespType: 'RESULT' }))),
    modify: (change) => answer(client.modifyFuturesOrder('usdm', timed({ ...change, orderId: Number(change.orderId) }))),
    cancel: (ref) => answer(client.cancelFuturesOrder('usdm', timed(ref))),
    status: (ref) => answer(client.getFuturesOrderStatus('usdm', timed(ref))),
    wallet: async () => (await answer(client.getFuturesAccountBalance('usdm', timed({}))))[0].balance,
    codeOf: (error) => (error as { error?: { code?: number } }).error?.code,
    close: async () => client.disconnectAll(),
  };
}
