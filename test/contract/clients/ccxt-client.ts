/** ccxt `binanceusdm` with its pro streams. It picks error classes by host name, so that on this host only text and code are certain. */
import ccxt from 'ccxt';
import { ccxtAt } from './ccxt-at.ts';
import { NOTICES_EXPIRY, TELLS_TRADES } from './ccxt-own-ways.ts';
import type { Candidate, ClientUnderTest, KeptBook, Loose, OrderSpec, SocketTrader, UserEvent } from './client-under-test.ts';
import { type DeskVenue, LONG_IDS, MOVING, plain, SYMBOL } from './desk-venue.ts';
import { ccxtFeed } from './market-feeds.ts';
import { orderParams } from './order-params.ts';
import { batchRow, orderView, stopView, tradeView, userEvent } from './venue-events.ts';

const UNIFIED: Readonly<Record<string, string>> = { [SYMBOL]: 'SOL/USDT:USDT', [MOVING]: 'BTC/USDT:USDT', [LONG_IDS]: 'ETH/USDT:USDT' };

/** Parsing all markets anew for each test takes longer than most tests; the check that looks at them loads them. */
let marketsOf: Loose;

export const ccxtClient: Candidate = {
  name: 'ccxt 4.5.84 (binanceusdm, pro)',
  dependency: 'ccxt',
  excused: {},
  ownWays: { 'key-expiry': NOTICES_EXPIRY, 'stream-one-command': TELLS_TRADES },
  notes: { 'book-in-step': 'by its own code', 'book-reconnects': 'by its own code' },
  unheardCodes: {},
  mergesEvents: true,
  keepsLongIds: true,
  idPrefix: '',
  refusalOf(error) {
    const found = /\{"code":(-?\d+),"msg":"((?:[^"\\]|\\.)*)"/.exec(String((error as Error)?.message));
    return found === null ? undefined : { code: Number(found[1]), msg: JSON.parse(`"${found[2]}"`) };
  },
  socketTrader,
  async open(venue, account, credentials = venue.credentials(account)): Promise<ClientUnderTest> {
    const exchange = await ccxtAt(venue, credentials);
    const symbolOf = (symbol = SYMBOL) => UNIFIED[symbol] ?? symbol;
    if (marketsOf === undefined) await exchange.loadMarkets();
    else exchange.setMarketsFromExchange(marketsOf);
    marketsOf ??= exchange;
    return {
      markets: async () =>
        Object.fromEntries(
          Object.values<Loose>(await exchange.loadMarkets(true)).map((market) => [
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
      marketFeed: async (symbol) => ccxtFeed(exchange, symbolOf(symbol), follow),
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
async function follow(watch: () => Promise<void>, broken = (): void => {}): Promise<void> {
  for (let open = true; open; ) {
    try {
      await watch();
    } catch (error) {
      open = error instanceof ccxt.NetworkError && !(error instanceof ccxt.ExchangeClosedByUser);
      broken();
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
  let [frames, restarts] = [0, 0];
  let book: Loose = await exchange.watchOrderBook(symbol);
  const again = async () => {
    book = await exchange.watchOrderBook(symbol);
    frames += 1;
  };
  void follow(again, () => {
    restarts += 1;
  });
  const side = (rows: Loose, levels: number): string[][] =>
    rows.slice(0, levels).map(([price, amount]: Loose) => [plain(price), plain(amount)]);
  return {
    get frames() {
      return frames;
    },
    get restarts() {
      return restarts;
    },
    rows: (levels) => ({ bids: side(book.bids, levels), asks: side(book.asks, levels) }),
  };
}

async function socketTrader(venue: DeskVenue): Promise<SocketTrader> {
  const exchange = await ccxtAt(venue, venue.credentials('demo'));
  await exchange.loadMarkets();
  const symbol = 'SOL/USDT:USDT';
  return {
    place: async ({ side, price, quantity, newClientOrderId }) => {
      const exact = { ...(newClientOrderId === undefined ? {} : { clientOrderId: newClientOrderId }), price, quantity };
      return (await exchange.createOrderWs(symbol, 'limit', side?.toLowerCase(), Number(quantity), Number(price), exact)).info;
    },
    modify: async ({ orderId, price, quantity }) =>
      (await exchange.editOrderWs(orderId, symbol, 'limit', 'buy', Number(quantity), Number(price))).info,
    cancel: async ({ orderId }) => (await exchange.cancelOrderWs(orderId, symbol)).info,
    wallet: async () => (await exchange.fetchBalanceWs()).USDT.total,
    codeOf: (error) => ccxtClient.refusalOf(error)?.code,
    close: () => exchange.close(),
  };
}
