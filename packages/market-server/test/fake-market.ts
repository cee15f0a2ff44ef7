/** A venue's public side on a string: what the test says is what the server sees. */
import { decimal, type Instrument, parseInstrumentId, parseTradeId, type UsTime, usTime } from '@fillwright/domain';
import type { Answer, MarketAdapter, MarketEvents } from '@fillwright/venue';

export const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
export const SOL = parseInstrumentId('SOLUSDT-PERP.BINANCE');
export const AT = usTime(1_767_225_600_000_000);

export function instrument(symbol: string, changes: Partial<Instrument> = {}): Instrument {
  const none = decimal('0');
  return {
    id: parseInstrumentId(`${symbol}-PERP.BINANCE`),
    symbol,
    kind: 'linear-perpetual',
    baseAsset: symbol.slice(0, -4),
    quoteAsset: 'USDT',
    settleAsset: 'USDT',
    trading: true,
    tickSize: decimal('0.10'),
    minPrice: none,
    maxPrice: none,
    lotSize: decimal('0.001'),
    minQty: none,
    maxQty: none,
    marketLotSize: none,
    marketMinQty: none,
    marketMaxQty: none,
    minNotional: none,
    maxOpenOrders: 200,
    priceBandUp: none,
    priceBandDown: none,
    pricePrecision: 2,
    qtyPrecision: 3,
    ...changes,
  };
}

export class FakeMarket implements MarketAdapter {
  readonly exchange = 'BINANCE';
  answers: Answer<readonly Instrument[]>[] = [
    { type: 'answered', value: ['BTCUSDT', 'SOLUSDT', 'ETHUSDT'].map((symbol) => instrument(symbol)) },
  ];
  started: readonly string[] | undefined;
  depthLevels = 0;
  closed = false;
  quietUntilTs?: UsTime;
  #events: MarketEvents | undefined;

  /** The last answer again and again. */
  async instruments(): Promise<Answer<readonly Instrument[]>> {
    const [first, ...rest] = this.answers;
    if (rest.length > 0) this.answers = rest;
    return first as Answer<readonly Instrument[]>;
  }

  keepQuiet(untilTs: UsTime): void {
    this.quietUntilTs = untilTs;
  }

  start(symbols: readonly string[], options: { readonly depthLevels: number }, events: MarketEvents): void {
    this.started = symbols;
    this.depthLevels = options.depthLevels;
    this.#events = events;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  get events(): MarketEvents {
    if (!this.#events) throw new Error('the streams were not started');
    return this.#events;
  }

  ticker(bid: string, ask: string, changes: { instrument?: typeof BTC; bidQty?: string; askQty?: string } = {}): void {
    const { instrument: id = BTC, bidQty = '1', askQty = '2' } = changes;
    this.events.onTicker({
      instrument: id,
      bid: decimal(bid),
      bidQty: decimal(bidQty),
      ask: decimal(ask),
      askQty: decimal(askQty),
      venueTs: AT,
    });
  }

  depth(bids: readonly (readonly [string, string])[], asks: readonly (readonly [string, string])[], updateId = '1', id = BTC): void {
    this.events.onDepth({ instrument: id, bids, asks, updateId, venueTs: AT });
  }

  trade(trade: number): void {
    const [price, qty] = [decimal('100.50'), decimal('0.10')];
    this.events.onTrade({ instrument: BTC, tradeId: parseTradeId(String(trade)), price, qty, aggressor: 'sell', venueTs: AT });
  }

  mark(price: string, id = BTC): void {
    this.events.onMark({
      instrument: id,
      mark: decimal(price),
      index: decimal(price),
      fundingRate: decimal('-0.0001'),
      nextFundingTs: AT,
      venueTs: AT,
    });
  }

  link(name: string, up: boolean, reason = 'test'): void {
    this.events.onLink({ name, up, reason });
  }

  /** Everything that makes a server of BTCUSDT and an empty SOLUSDT ready. */
  comeUp(): void {
    this.link('public-1', true);
    this.link('market-1', true);
    this.link(`book ${BTC}`, true);
    this.link(`book ${SOL}`, true);
    this.depth([], [], '1', SOL);
    this.ticker('100', '101');
    this.mark('100.5');
    this.mark('20', SOL);
  }
}
