/** ccxt `binanceusdm` with its pro streams. It picks error classes by host name, so that on this host only text and code are certain. */
import ccxt from 'ccxt';
import type { Candidate, ClientUnderTest, KeptBook, Loose, OrderSpec, UserEvent } from './client-under-test.ts';
import { type DeskVenue, LONG_IDS, MOVING, plain, SYMBOL } from './desk-venue.ts';
import { orderParams } from './order-params.ts';
import { batchRow, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

const UNIFIED: Readonly<Record<string, string>> = { [SYMBOL]: 'SOL/USDT:USDT', [MOVING]: 'BTC/USDT:USDT', [LONG_IDS]: 'ETH/USDT:USDT' };

/** Every address of the exchange, moved to the venue; `ws.future` must end in exactly `/ws`. */
export async function ccxtAt(venue: DeskVenue, { key, secret }: { readonly key: string; readonly secret: string }): Promise<Loose> {
  const exchange: Loose = new (ccxt as Loose).pro.binanceusdm({ apiKey: key, secret, enableRateLimit: false });
  const { api } = exchange.urls;
  for (const [name, url] of Object.entries(api)) {
    if (typeof url === 'string') api[name] = url.replace(/^https:\/\/[^/]+/, venue.rest);
  }
  api.ws.future = `${venue.ws}/ws`;
  api.ws['ws-api'].future = `${venue.ws}/ws-fapi/v1`;
  await exchange.loadHttpProxyAgent(); // without it `ws://` addresses are refused
  return exchange;
}

export const ccxtClient: Candidate = {
  name: 'ccxt 4.5.84 (binanceusdm, pro)',
  gaps: {
    'expiry event': 'ccxt ignores listenKeyExpired; it notices when its next keepalive is refused',
    'events within one command':
      'ccxt merges updates of one order that arrive in one turn; fills are compared through watchMyTrades instead',
  },
  keepsLongIds: true,
  idPrefix: '',
  refusalOf(error) {
    const found = /\{"code":(-?\d+),"msg":"((?:[^"\\]|\\.)*)"/.exec(String((error as Error)?.message));
    return found === null ? undefined : { code: Number(found[1]), msg: JSON.parse(`"${found[2]}"`) };
  },
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const exchange = await ccxtAt(venue, credentials);
    const symbolOf = (symbol = SYMBOL) => UNIFIED[symbol] ?? symbol;
    await exchange.loadMarkets();
    return {
      markets: async () =>
        Object.fromEntries(
          Object.values<Loose>(exchange.markets).map((market) => [
            market.id,
            { tick: plain(market.precision.price), step: plain(market.precision.amount), minNotional: plain(market.limits.cost.min) },
          ]),
        ),
      place: async (spec) => orderView((await createOrder(exchange, spec, symbolOf(spec.symbol))).info),
      amend: async ({ symbol, orderId }, { side, price, quantity }) =>
        orderView((await exchange.editOrder(orderId, symbolOf(symbol), 'limit', side.toLowerCase(), Number(quantity), Number(price))).info),
      cancel: async ({ symbol, orderId }) => orderView((await exchange.cancelOrder(orderId, symbolOf(symbol))).info),
      cancelAll: async (symbol) => void (await exchange.cancelAllOrders(symbolOf(symbol))),
      order: async ({ symbol, orderId }) => orderView((await exchange.fetchOrder(orderId, symbolOf(symbol))).info),
      openOrders: async (symbol) => (await exchange.fetchOpenOrders(symbolOf(symbol))).map((order: Loose) => orderView(order.info)),
      trades: async (symbol) => (await exchange.fetchMyTrades(symbolOf(symbol))).map((trade: Loose) => tradeView(trade.info)),
      position: async (symbol) => {
        const [position] = await exchange.fetchPositions([symbolOf(symbol)]);
        if (position === undefined) return { amount: '0', entryPrice: '0', unrealized: '0' };
        const amount = position.side === 'short' ? -position.contracts : position.contracts;
        return { amount: plain(amount), entryPrice: plain(position.entryPrice), unrealized: plain(position.unrealizedPnl) };
      },
      balance: async () => {
        const balance = await exchange.fetchBalance();
        const [asset] = balance.info.assets;
        return { wallet: plain(asset.walletBalance), available: plain(balance.USDT.free) };
      },
      batch: async (specs) => {
        const orders = specs.map((spec) => ({
          ...{ symbol: symbolOf(spec.symbol), type: spec.price === undefined ? 'market' : 'limit', side: spec.side.toLowerCase() },
          ...{ amount: Number(spec.quantity), price: spec.price === undefined ? undefined : Number(spec.price) },
          params: {},
        }));
        return (await exchange.createOrders(orders)).map((order: Loose) => batchRow(order.info));
      },
      setLeverage: async (symbol, leverage) => void (await exchange.setLeverage(leverage, symbolOf(symbol))),
      placeStop: async ({ side, type, trigger, quantity, price, callbackRate, clientId, ...flags }) => {
        const params = {
          ...flags,
          ...(trigger === undefined ? {} : { triggerPrice: trigger }),
          ...(callbackRate === undefined ? {} : { callbackRate }),
          ...(clientId === undefined ? {} : { clientOrderId: clientId }),
        };
        const limit = price === undefined ? undefined : Number(price);
        const order = await exchange.createOrder(symbolOf(), type, side.toLowerCase(), Number(quantity ?? 0), limit, params);
        return stopView(order.info);
      },
      stop: async (algoId) => stopView((await exchange.fetchOrder(algoId, symbolOf(), { trigger: true })).info),
      openStops: async () =>
        (await exchange.fetchOpenOrders(symbolOf(), undefined, undefined, { trigger: true })).map((order: Loose) => stopView(order.info)),
      cancelStop: async (algoId) => void (await exchange.cancelOrder(algoId, symbolOf(), { trigger: true })),
      userStream: () => userStream(exchange, venue),
      keepAlive: () => exchange.keepAliveListenKey({ type: 'future' }),
      keepBook: (symbol) => keepBook(exchange, symbolOf(symbol)),
      raw: (method, path, params) => exchange.request(path.replace(/^v1\//, ''), 'fapiPrivate', method, params),
      close: () => exchange.close(),
    };
  },
};

function createOrder(exchange: Loose, spec: OrderSpec, symbol: string): Promise<Loose> {
  const { symbol: _symbol, side, type, quantity, price, newClientOrderId, ...rest } = orderParams(spec);
  const params = { ...rest, ...(newClientOrderId === undefined ? {} : { clientOrderId: newClientOrderId }) };
  const limit = price === undefined ? undefined : Number(price);
  return exchange.createOrder(symbol, type, side?.toLowerCase(), Number(quantity), limit, params);
}

/** Calls `watch` for ever, again after a broken connection, as its users do; it ends when the exchange object is closed. */
async function follow(watch: () => Promise<void>): Promise<void> {
  for (let open = true; open; ) {
    try {
      await watch();
    } catch (error) {
      open = error instanceof ccxt.NetworkError && !(error instanceof ccxt.ExchangeClosedByUser);
    }
  }
}

async function userStream(exchange: Loose, venue: DeskVenue): Promise<{ readonly events: UserEvent[] }> {
  const before = venue.listeners();
  const events: UserEvent[] = [];
  void follow(async () => {
    for (const { info } of await exchange.watchOrders()) {
      events.push(info.aid === undefined ? userEvent({ e: 'ORDER_TRADE_UPDATE', o: info }) : userEvent({ e: 'ALGO_UPDATE', o: info }));
    }
  });
  void follow(async () => {
    const balance = await exchange.watchBalance();
    if (balance.info?.e === 'ACCOUNT_UPDATE') events.push(userEvent(balance.info));
  });
  await venue.until('the private stream of ccxt', () => venue.listeners() > before);
  return { events };
}

/** ccxt's own local book. */
async function keepBook(exchange: Loose, symbol: string): Promise<KeptBook> {
  let frames = 0;
  let book: Loose = await exchange.watchOrderBook(symbol);
  void follow(async () => {
    book = await exchange.watchOrderBook(symbol);
    frames += 1;
  });
  const side = (rows: Loose, levels: number): string[][] =>
    rows.slice(0, levels).map(([price, amount]: Loose) => [plain(price), plain(amount)]);
  return {
    get frames() {
      return frames;
    },
    rows: (levels) => ({ bids: side(book.bids, levels), asks: side(book.asks, levels) }),
  };
}
