/** One symbol's live state: book, ids, mark and index price, trades. Changed only by the engine. */
import { OrderBook } from '../matching/order-book.ts';
import type { Sign, Units } from '../numbers/units.ts';
import { unitsOf } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { PriceCandles } from './price-candles.ts';
import { type FilterChanges, type SymbolSpec, symbolSpec } from './symbol-spec.ts';
import { TradeTape } from './trade-tape.ts';

export type MarketStatus = 'TRADING' | 'TRADING_HALT' | 'TRADING_CANCEL_ONLY' | 'SETTLING' | 'CLOSE';

/** Hands out update ids venue-wide, so that on one symbol they jump, as on the real exchange. */
export class UpdateIds {
  #last = 7_200_000_000_000;

  next(): number {
    this.#last += 3;
    return this.#last;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { last: this.#last };
  }

  restoreHidden({ last }: ReturnType<UpdateIds['hiddenState']>): void {
    this.#last = last;
  }
}

/** A funding that was settled. */
export interface PastFunding {
  readonly timeMs: number;
  readonly rate: Units;
  readonly mark: Units;
  readonly special: boolean;
}

const FUNDINGS_KEPT = 1_000;

export type DepthListener = (sign: Sign, ticks: number, lots: number, updateId: number) => void;

export class Market {
  /** Replaced as a whole when its filters change. */
  spec: SymbolSpec;
  readonly book: OrderBook<Order>;
  readonly tape: TradeTape;
  status: MarketStatus = 'TRADING';
  mark: Units;
  index: Units;
  readonly markCandles = new PriceCandles();
  readonly indexCandles = new PriceCandles();
  /** Of the next funding, in 10^-8. */
  fundingRate: Units = 10_000n;
  readonly fundings: PastFunding[] = [];
  lastUpdateId: number;
  lastChangeMs = 0;
  #nextOrderId: bigint;
  #nextTradeId: number;
  /** Stands for the last price until there is a trade. */
  readonly #openingPrice: Units;
  readonly #depthListeners = new Set<DepthListener>();
  readonly #published: SymbolSpec;
  /** What differs from the options it was built with. */
  #filters: FilterChanges = {};

  constructor(spec: SymbolSpec, updateIds: UpdateIds) {
    this.spec = spec;
    this.#published = spec;
    this.mark = unitsOf(spec.options.markPrice);
    this.index = this.mark;
    this.#openingPrice = this.mark;
    this.#nextOrderId = BigInt(spec.options.firstOrderId);
    this.#nextTradeId = spec.options.firstTradeId;
    this.tape = new TradeTape(spec.options.firstTradeId);
    this.lastUpdateId = updateIds.next();
    this.book = new OrderBook<Order>((sign, ticks, lots) => {
      this.lastUpdateId = updateIds.next();
      for (const listener of this.#depthListeners) listener(sign, ticks, lots, this.lastUpdateId);
    });
  }

  /** Other bounds from now on; `undefined` brings back what was published. Orders stay as they are. @throws RangeError */
  changeFilters(changes: FilterChanges): void {
    const filters = { ...this.#filters, ...changes };
    const named = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
    this.spec = symbolSpec({ ...this.#published.options, ...named });
    this.#filters = named;
  }

  /** Leaves out so many ids of orders and of trades. Before the first order. */
  skipIds(count: number): void {
    this.#nextOrderId += BigInt(count);
    this.#nextTradeId += count;
    this.tape.beginIds(this.#nextTradeId);
  }

  /** Tells of every changed level until the returned function is called. */
  onDepth(listener: DepthListener): () => void {
    this.#depthListeners.add(listener);
    return () => this.#depthListeners.delete(listener);
  }

  setMark(mark: Units, index: Units, timeMs: number): void {
    this.mark = mark;
    this.index = index;
    this.markCandles.add(mark, timeMs);
    this.indexCandles.add(index, timeMs);
  }

  funded(funding: PastFunding): void {
    this.fundings.push(funding);
    if (this.fundings.length > FUNDINGS_KEPT) this.fundings.shift();
  }

  takeOrderId(): bigint {
    const id = this.#nextOrderId;
    this.#nextOrderId += 1n;
    return id;
  }

  takeTradeId(): number {
    const id = this.#nextTradeId;
    this.#nextTradeId += 1;
    return id;
  }

  /** The nearest tick at or below a price in 10^-8. */
  ticksBelow(price: Units): number {
    return Number(price / BigInt(this.spec.tickUnits));
  }

  /** Farthest price a market order of this side may trade at. */
  marketBoundTicks(sign: Sign): number {
    const share = this.spec.marketTakeBound;
    if (sign === 1) return this.ticksBelow((this.mark * (100_000_000n + share)) / 100_000_000n);
    return this.ticksBelow((this.mark * (100_000_000n - share)) / 100_000_000n) + 1;
  }

  /** Of the last trade; where the symbol opened while there was none. */
  get lastPrice(): Units {
    return this.tape.lastTicks === 0 ? this.#openingPrice : BigInt(this.tape.lastTicks) * BigInt(this.spec.tickUnits);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { nextOrderId: this.#nextOrderId, nextTradeId: this.#nextTradeId, filters: this.#filters };
  }

  restoreHidden({ nextOrderId, nextTradeId, filters }: ReturnType<Market['hiddenState']>): void {
    this.changeFilters(filters);
    this.#nextOrderId = nextOrderId;
    this.#nextTradeId = nextTradeId;
  }
}
