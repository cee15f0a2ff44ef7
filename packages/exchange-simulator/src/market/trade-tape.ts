/** Public trades of one symbol: single, aggregated by taker order and price, and folded into one-minute candles. All bounded. */
import type { Units } from '../numbers/units.ts';

export interface PublicTrade {
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  readonly notional: Units;
  readonly timeMs: number;
  readonly buyerIsMaker: boolean;
}

export interface AggregateTrade {
  readonly id: number;
  readonly ticks: number;
  lots: number;
  readonly firstId: number;
  lastId: number;
  readonly timeMs: number;
  readonly buyerIsMaker: boolean;
}

export interface Candle {
  openMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  notional: Units;
  trades: number;
  takerBuyLots: number;
  takerBuyNotional: Units;
  firstId: number;
  lastId: number;
}

const TRADES_KEPT = 1_000;
const CANDLES_KEPT = 1_500;
const MINUTE_MS = 60_000;

export class TradeTape {
  readonly trades: PublicTrade[] = [];
  readonly aggregates: AggregateTrade[] = [];
  readonly minutes: Candle[] = [];
  lastTicks = 0;
  #nextAggregateId: number;

  constructor(firstTradeId: number) {
    this.#nextAggregateId = firstTradeId;
  }

  beginIds(id: number): void {
    this.#nextAggregateId = id;
  }

  add(trade: PublicTrade): void {
    this.lastTicks = trade.ticks;
    this.trades.push(trade);
    if (this.trades.length > 2 * TRADES_KEPT) this.trades.splice(0, TRADES_KEPT);
    this.#fold(trade);
  }

  /** One aggregate of consecutive trades of one taker order at one price. */
  aggregate(trades: readonly PublicTrade[]): AggregateTrade[] {
    const made: AggregateTrade[] = [];
    for (const trade of trades) {
      const last = made[made.length - 1];
      if (last !== undefined && last.ticks === trade.ticks) {
        last.lots += trade.lots;
        last.lastId = trade.id;
        continue;
      }
      made.push({
        id: this.#nextAggregateId,
        ticks: trade.ticks,
        lots: trade.lots,
        firstId: trade.id,
        lastId: trade.id,
        timeMs: trade.timeMs,
        buyerIsMaker: trade.buyerIsMaker,
      });
      this.#nextAggregateId += 1;
    }
    this.aggregates.push(...made);
    if (this.aggregates.length > 2 * TRADES_KEPT) this.aggregates.splice(0, TRADES_KEPT);
    return made;
  }

  #fold(trade: PublicTrade): void {
    const openMs = trade.timeMs - (trade.timeMs % MINUTE_MS);
    const last = this.minutes[this.minutes.length - 1];
    const bought = trade.buyerIsMaker ? 0 : trade.lots;
    const boughtNotional = trade.buyerIsMaker ? 0n : trade.notional;
    if (last !== undefined && openMs <= last.openMs) {
      last.high = Math.max(last.high, trade.ticks);
      last.low = Math.min(last.low, trade.ticks);
      last.close = trade.ticks;
      last.lots += trade.lots;
      last.notional += trade.notional;
      last.trades += 1;
      last.takerBuyLots += bought;
      last.takerBuyNotional += boughtNotional;
      last.lastId = trade.id;
      return;
    }
    const { ticks, lots, notional, id } = trade;
    this.minutes.push({
      ...{ openMs, open: ticks, high: ticks, low: ticks, close: ticks, lots, notional, trades: 1 },
      ...{ takerBuyLots: bought, takerBuyNotional: boughtNotional, firstId: id, lastId: id },
    });
    if (this.minutes.length > 2 * CANDLES_KEPT) this.minutes.splice(0, CANDLES_KEPT);
  }

  /** Candles of `intervalMs` (a multiple of a minute), oldest first, aligned to 1970. */
  candles(intervalMs: number): Candle[] {
    const out: Candle[] = [];
    for (const minute of this.minutes) {
      const openMs = minute.openMs - (minute.openMs % intervalMs);
      const last = out[out.length - 1];
      if (last === undefined || last.openMs !== openMs) {
        out.push({ ...minute, openMs });
        continue;
      }
      last.high = Math.max(last.high, minute.high);
      last.low = Math.min(last.low, minute.low);
      last.close = minute.close;
      last.lots += minute.lots;
      last.notional += minute.notional;
      last.trades += minute.trades;
      last.takerBuyLots += minute.takerBuyLots;
      last.takerBuyNotional += minute.takerBuyNotional;
      last.lastId = minute.lastId;
    }
    return out;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { nextAggregateId: this.#nextAggregateId };
  }

  restoreHidden({ nextAggregateId }: ReturnType<TradeTape['hiddenState']>): void {
    this.#nextAggregateId = nextAggregateId;
  }
}
