/**
 * From what the adapter sees to what is published: tickers when the best price or size changed, books conflated, every trade, every
 * mark. Keeps the last of each for snapshots, of the configured instruments only.
 */
import { type Decimal, decimal, decimalText, type InstrumentId, type UsTime } from '@fillwright/domain';
import {
  type DepthMessage,
  type InstrumentMessage,
  type MarketStream,
  type MarkMessage,
  type MessageInput,
  type MessageType,
  marketTopic,
  type TickerMessage,
} from '@fillwright/messages';
import { type Clock, Conflator, type Counter, type Histogram, type Metrics } from '@fillwright/runtime';
import type { MarketEvents } from '@fillwright/venue';

/** Twenty books a second: the venue sends differences every 100 ms; what comes faster are the steps of a resync, and only the last counts. */
const DEPTH_INTERVAL_MS = 50;

type Argument<K extends 'onTicker' | 'onDepth' | 'onTrade' | 'onMark'> = Parameters<MarketEvents[K]>[0];
export type MarketPublish = <T extends MessageType>(topic: string, type: T, data: MessageInput<T>) => void;

interface Quote {
  readonly bid: string;
  readonly bidQty: string;
  readonly ask: string;
  readonly askQty: string;
}

interface Followed {
  readonly instrument: InstrumentId;
  readonly isSpot: boolean;
  readonly topics: Readonly<Record<MarketStream, string>>;
  readonly depthConflator: Conflator;
  ticker?: TickerMessage;
  depth?: DepthMessage;
  mark?: MarkMessage;
  /** No ticker came since the streams were opened: the venue sends none while nothing changes, so the book speaks for it. */
  tickerIsOld: boolean;
}

export class MarketFeed {
  readonly #clock: Clock;
  readonly #exchange: string;
  readonly #account: string;
  readonly #publish: MarketPublish;
  readonly #followed = new Map<InstrumentId, Followed>();
  readonly #frames: Counter;
  readonly #published: Counter;
  readonly #lag: Histogram;

  constructor(
    ports: { readonly clock: Clock; readonly metrics: Metrics },
    names: { readonly exchange: string; readonly account: string },
    publish: MarketPublish,
  ) {
    this.#clock = ports.clock;
    this.#exchange = names.exchange;
    this.#account = names.account;
    this.#publish = publish;
    const { metrics } = ports;
    this.#frames = metrics.counter('fillwright_market_frames_total', 'Market events of the venue by stream', 'stream');
    this.#published = metrics.counter('fillwright_market_published_total', 'Market messages published by stream', 'stream');
    this.#lag = metrics.histogram('fillwright_market_lag_us', "Microseconds from the venue's event time to our publication", 'stream');
  }

  /** Events of other instruments are dropped. */
  follow({ id, kind }: Pick<InstrumentMessage, 'id' | 'kind'>): void {
    if (this.#followed.has(id)) return;
    const symbol = id.slice(0, id.lastIndexOf('.'));
    const topic = (stream: MarketStream) => marketTopic(stream, this.#exchange, this.#account, symbol);
    const followed: Followed = {
      instrument: id,
      isSpot: kind === 'spot',
      topics: { ticker: topic('ticker'), depth: topic('depth'), trade: topic('trade'), mark: topic('mark') },
      depthConflator: new Conflator(this.#clock, DEPTH_INTERVAL_MS, () => {
        if (followed.depth) this.#send(followed, 'depth', 'market.depth', followed.depth);
      }),
      tickerIsOld: true,
    };
    this.#followed.set(id, followed);
  }

  ticker(event: Argument<'onTicker'>): void {
    const followed = this.#seen('ticker', event.instrument);
    if (!followed) return;
    followed.tickerIsOld = false;
    const { bid, bidQty, ask, askQty } = event;
    this.#quote(followed, sides(bid, bidQty, ask, askQty), event.venueTs);
  }

  depth(event: Argument<'onDepth'>): void {
    const followed = this.#seen('depth', event.instrument);
    if (!followed) return;
    const { instrument, updateId, venueTs } = event;
    const bids = event.bids.map(([price, qty]): [string, string] => [price, qty]);
    const asks = event.asks.map(([price, qty]): [string, string] => [price, qty]);
    followed.depth = { instrument, bids, asks, updateId, venueTs, receivedTs: this.#clock.wallUs() };
    followed.depthConflator.ask();
    const [bid, ask] = [bids[0] ?? EMPTY_LEVEL, asks[0] ?? EMPTY_LEVEL];
    if (!followed.tickerIsOld || (bids.length === 0 && asks.length === 0 && !followed.ticker)) return;
    this.#quote(followed, sides(decimal(bid[0]), decimal(bid[1]), decimal(ask[0]), decimal(ask[1])), venueTs);
  }

  trade(event: Argument<'onTrade'>): void {
    const followed = this.#seen('trade', event.instrument);
    if (!followed) return;
    const { instrument, tradeId, aggressor, venueTs } = event;
    const [price, qty] = [decimalText(event.price), decimalText(event.qty)];
    this.#send(followed, 'trade', 'market.trade', {
      instrument,
      tradeId,
      price,
      qty,
      aggressor,
      venueTs,
      receivedTs: this.#clock.wallUs(),
    });
  }

  mark(event: Argument<'onMark'>): void {
    const followed = this.#seen('mark', event.instrument);
    if (!followed) return;
    followed.mark = {
      instrument: event.instrument,
      mark: decimalText(event.mark),
      index: decimalText(event.index),
      fundingRate: decimalText(event.fundingRate),
      nextFundingTs: event.nextFundingTs,
      venueTs: event.venueTs,
      receivedTs: this.#clock.wallUs(),
    };
    this.#send(followed, 'mark', 'market.mark', followed.mark);
  }

  /** A connection was lost: until the venue sends a ticker again, books tell what is best. */
  streamsLost(): void {
    for (const followed of this.#followed.values()) followed.tickerIsOld = true;
  }

  /** What of a configured instrument is not known yet; `isBookInSync` tells an empty market from an unknown one. */
  reasons(isBookInSync: (instrument: InstrumentId) => boolean): readonly string[] {
    return [...this.#followed.values()].flatMap((followed) => {
      const { instrument, ticker, depth, mark, isSpot } = followed;
      const isEmpty = isBookInSync(instrument) && (depth === undefined || isBare(depth));
      return [
        ...(ticker || isEmpty ? [] : [`no best price of ${instrument} yet, and its book is not in sync`]),
        ...(mark || isSpot ? [] : [`no mark price of ${instrument} yet`]),
      ];
    });
  }

  /** The last value of a topic of ours; undefined when the topic is not one. */
  snapshot(topic: string): { tickers?: TickerMessage[]; depths?: DepthMessage[]; marks?: MarkMessage[] } | undefined {
    for (const { topics, ticker, depth, mark } of this.#followed.values()) {
      if (topic === topics.ticker) return { tickers: ticker ? [ticker] : [] };
      if (topic === topics.depth) return { depths: depth ? [depth] : [] };
      if (topic === topics.mark) return { marks: mark ? [mark] : [] };
    }
    return undefined;
  }

  stop(): void {
    for (const { depthConflator } of this.#followed.values()) depthConflator.stop();
  }

  #seen(stream: MarketStream, instrument: InstrumentId): Followed | undefined {
    this.#frames.add(1, stream);
    return this.#followed.get(instrument);
  }

  #quote(followed: Followed, quote: Quote, venueTs: UsTime): void {
    const { ticker } = followed;
    if (ticker && ticker.bid === quote.bid && ticker.ask === quote.ask && ticker.bidQty === quote.bidQty && ticker.askQty === quote.askQty)
      return;
    followed.ticker = { instrument: followed.instrument, ...quote, venueTs, receivedTs: this.#clock.wallUs() };
    this.#send(followed, 'ticker', 'market.ticker', followed.ticker);
  }

  #send<T extends MessageType>(followed: Followed, stream: MarketStream, type: T, data: MessageInput<T> & { venueTs: UsTime }): void {
    this.#publish(followed.topics[stream], type, data);
    this.#published.add(1, stream);
    // A book that nothing ever happened in has no time.
    if (data.venueTs > 0) this.#lag.observe(Math.max(0, this.#clock.wallUs() - data.venueTs), stream);
  }
}

const EMPTY_LEVEL = ['0', '0'] as const;

function isBare({ bids, asks }: DepthMessage): boolean {
  return bids.length === 0 && asks.length === 0;
}

/** An empty side has price and quantity 0, also where the venue leaves a price of a book that is gone. */
function sides(bid: Decimal, bidQty: Decimal, ask: Decimal, askQty: Decimal): Quote {
  const side = (price: Decimal, qty: Decimal) => (qty.isZero() ? EMPTY_LEVEL : ([decimalText(price), decimalText(qty)] as const));
  const [bidText, bidQtyText] = side(bid, bidQty);
  const [askText, askQtyText] = side(ask, askQty);
  return { bid: bidText, bidQty: bidQtyText, ask: askText, askQty: askQtyText };
}
