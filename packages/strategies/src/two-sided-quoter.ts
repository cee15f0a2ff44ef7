/**
 * Quotes bids and asks around the touch, one or more levels deep, limits its inventory, and re-quotes when the market moved.
 * An example that trades, not a way to make money: a maker earns the spread and loses to those who know more.
 */
import {
  type Decimal,
  decimal,
  floorTo,
  type Instrument,
  type InstrumentId,
  maxOf,
  type Order,
  quotient,
  type Side,
  ZERO,
} from '@fillwright/domain';
import { Strategy, type Ticker } from '@fillwright/trader';

interface Settings {
  /** Notional of one quote, in the quote asset. */
  readonly quoteNotional: Decimal;
  /** Inventory in quotes at which one side is no longer quoted. */
  readonly maxQuotes: Decimal;
  /** Distance of the first level from the touch, in ticks; 0 = join the best price. */
  readonly edgeTicks: Decimal;
  /** Quotes per side, and the distance between them in ticks. */
  readonly levels: number;
  readonly levelTicks: Decimal;
  /** Move of the wanted price, in ticks, that is worth a new order. */
  readonly requoteTicks: Decimal;
  /** A quote younger than this is left alone, ms. */
  readonly restMs: number;
}

const SIDES: readonly Side[] = ['buy', 'sell'];

export class TwoSidedQuoter extends Strategy {
  #settings: Settings | undefined;

  override onStart(): void {
    const { params } = this.desk;
    this.#settings = {
      quoteNotional: decimal(params.quote_notional ?? '250'),
      maxQuotes: decimal(params.max_quotes ?? '6'),
      edgeTicks: decimal(params.edge_ticks ?? '0'),
      levels: Number(params.levels ?? '1'),
      levelTicks: decimal(params.level_ticks ?? '10'),
      requoteTicks: decimal(params.requote_ticks ?? '5'),
      restMs: Number(params.rest_ms ?? '400'),
    };
    this.desk.log('quoter-started', { instruments: this.desk.instruments, ...params });
  }

  override onBook(ticker: Ticker): void {
    const settings = this.#settings;
    const instrument = this.desk.instrument(ticker.instrument);
    // An empty side has no touch to join: a quiet book is left alone.
    if (!settings || !instrument || !ticker.bid || !ticker.ask) return;
    for (const side of SIDES) this.#quote(instrument, side, ticker.bid, ticker.ask, settings);
  }

  /** Keeps what rests where it is wanted, pulls the rest, and fills the levels that are empty. */
  #quote(instrument: Instrument, side: Side, bid: Decimal, ask: Decimal, settings: Settings): void {
    const resting = this.desk.orders(instrument.id).filter((order) => order.terms.side === side);
    const wanted = this.#wantedPrices(instrument, side, bid, ask, settings);
    const first = wanted[0];
    if (!first) return;
    const qty = this.#quoteQty(instrument, first, settings);
    const full = this.#isFull(instrument.id, side, qty, settings);
    const near = settings.requoteTicks.times(instrument.tickSize);
    for (const order of resting) {
      const at = full ? -1 : wanted.findIndex((price) => order.terms.price?.minus(price).abs().lt(near));
      if (at >= 0) wanted.splice(at, 1);
      else if (this.#mayPull(order, settings)) this.desk.cancel(order);
    }
    if (full || !this.desk.canOpen) return;
    // An order on its way out still counts: a level is filled anew only when it has gone.
    for (const price of wanted.slice(0, settings.levels - resting.length)) {
      const options = { price, timeInForce: 'GTX' } as const;
      if (side === 'buy') this.desk.buy(instrument.id, qty, options);
      else this.desk.sell(instrument.id, qty, options);
    }
  }

  /** From the touch outwards, always on our side of the spread. */
  #wantedPrices(instrument: Instrument, side: Side, bid: Decimal, ask: Decimal, settings: Settings): Decimal[] {
    return Array.from({ length: settings.levels }, (_, level) => {
      const away = settings.edgeTicks.plus(settings.levelTicks.times(level)).times(instrument.tickSize);
      return side === 'buy' ? bid.minus(away) : ask.plus(away);
    });
  }

  /** The notional in lots, rounded up so that the venue's minimum holds too. */
  #quoteQty(instrument: Instrument, price: Decimal, settings: Settings): Decimal {
    const notional = maxOf(settings.quoteNotional, instrument.minNotional.times(decimal('1.05')));
    const lots = floorTo(quotient(notional, price, 12), instrument.lotSize).plus(instrument.lotSize);
    return maxOf(lots, instrument.minQty);
  }

  /** Whether a fill on this side would take the inventory beyond what we want to hold. */
  #isFull(instrument: InstrumentId, side: Side, qty: Decimal, settings: Settings): boolean {
    const held = this.desk.position(instrument)?.qty ?? ZERO;
    const towards = side === 'buy' ? held : held.negated();
    return towards.plus(qty).gt(settings.maxQuotes.times(qty));
  }

  /** Open, without a request in flight, and no longer young. */
  #mayPull(order: Order, settings: Settings): boolean {
    return order.state === 'open' && !order.request && this.desk.now - order.createdTs >= settings.restMs * 1000;
  }
}
