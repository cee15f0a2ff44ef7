/** Market streams through each client's own subscriptions: aggregated trades, best prices, mark prices, as plain words. */
import type { Loose, MarketFeed } from './client-under-test.ts';
import { plain } from './desk-venue.ts';

/** Collects what the callbacks of a client tell. */
class Feed implements MarketFeed {
  readonly trades: string[] = [];
  readonly best: string[] = [];
  readonly marks: string[] = [];

  trade(price: unknown, quantity: unknown, buyerIsMaker: boolean): void {
    this.trades.push(`${buyerIsMaker ? 'SELL' : 'BUY'} ${plain(quantity)} at ${plain(price)}`);
  }

  touch(bid: unknown, ask: unknown): void {
    this.best.push(`${plain(bid)}/${plain(ask)}`);
  }

  mark(price: unknown): void {
    this.marks.push(plain(price));
  }

  /** Frames as the venue spells them. */
  frame(frame: Loose): void {
    if (frame.e === 'aggTrade') this.trade(frame.p, frame.q, frame.m);
    else if (frame.e === 'bookTicker') this.touch(frame.b, frame.a);
    else if (frame.e === 'markPriceUpdate') this.mark(frame.p);
  }
}

export function officialFeed(connection: Loose, symbol: string): MarketFeed {
  const feed = new Feed();
  const name = { symbol: symbol.toLowerCase() };
  const streams = [
    connection.aggregateTradeStreams(name),
    connection.individualSymbolBookTickerStreams(name),
    connection.markPriceStream({ ...name, updateSpeed: '1s' }),
  ];
  for (const stream of streams) stream.on('message', (frame: Loose) => feed.frame(frame));
  return feed;
}

export async function tiagosieblerFeed(ws: Loose, symbol: string): Promise<MarketFeed> {
  const feed = new Feed();
  const name = symbol.toLowerCase();
  ws.on('message', (frame: Loose) => feed.frame(frame));
  await ws.subscribe([`${name}@bookTicker`], 'usdmPublic');
  await ws.subscribe([`${name}@aggTrade`, `${name}@markPrice@1s`], 'usdmMarket');
  return feed;
}

export function nodeBinanceFeed(client: Loose, symbol: string): MarketFeed {
  const feed = new Feed();
  client.futuresAggTradeStream(symbol, ({ price, amount, maker }: Loose) => feed.trade(price, amount, maker));
  client.futuresBookTickerStream(symbol, ({ bestBid, bestAsk }: Loose) => feed.touch(bestBid, bestAsk));
  client.futuresMarkPriceStream(symbol, ({ markPrice }: Loose) => feed.mark(markPrice));
  return feed;
}

export function binanceApiNodeFeed({ ws }: Loose, symbol: string, closers: (() => unknown)[]): MarketFeed {
  const feed = new Feed();
  closers.push(
    ws.futuresAggTrades(symbol, ({ price, quantity, isBuyerMaker }: Loose) => feed.trade(price, quantity, isBuyerMaker)),
    ws.futuresBookTicker(symbol, ({ bestBid, bestAsk }: Loose) => feed.touch(bestBid, bestAsk)),
    ws.futuresMarkPrice({ symbol, updateSpeed: '1s' }, ({ markPrice }: Loose) => feed.mark(markPrice)),
  );
  return feed;
}

/** `follow` calls a function again and again until the exchange object is closed. */
export function ccxtFeed(exchange: Loose, symbol: string, follow: (watch: () => Promise<void>) => Promise<void>): MarketFeed {
  const feed = new Feed();
  void follow(async () => {
    for (const { price, amount, side } of await exchange.watchTrades(symbol, undefined, undefined, { name: 'aggTrade' })) {
      feed.trade(price, amount, side === 'sell');
    }
  });
  void follow(async () => {
    const { bid, ask } = (await exchange.watchBidsAsks([symbol]))[symbol];
    feed.touch(bid, ask);
  });
  void follow(async () => feed.mark((await exchange.watchMarkPrice(symbol)).markPrice));
  return feed;
}
