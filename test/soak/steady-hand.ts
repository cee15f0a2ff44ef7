/**
 * The load of a soak: a fixed number of orders a second, each kind in its turn — at the touch, behind it, through it — with cancels and
 * modifications that keep few of them open, and an inventory that comes back to nought. The same every minute, so that what grows is not the load.
 */
import { type Decimal, decimal, type Instrument, type Order, type Side, ZERO } from '@fillwright/domain';
import { Strategy } from '@fillwright/trader';

/** Orders open at a time; beyond it the oldest is cancelled. */
const MOST_OPEN = 12;
/** Owed after a standstill of the process; more is forgiven, not sent in a burst. */
const MOST_OWED = 5;
/** Above the venue's least notional. */
const NOTIONAL = decimal('110');
const TICKS_BEHIND = decimal('8');
const TICKS_THROUGH = decimal('20');
/** One order in so many is touched by a modification. */
const MODIFIED_EVERY = 4;
const KINDS = ['touch', 'behind', 'through', 'touch', 'behind'] as const;
type Kind = (typeof KINDS)[number];

export class SteadyHand extends Strategy {
  #ratePerSecond = 20;
  #owed = 0;
  #lastUs = 0;
  #turn = 0;

  override onStart(): void {
    this.#ratePerSecond = Number(this.desk.params.rate ?? '20');
    this.#lastUs = this.desk.now;
  }

  override onBook(): void {
    this.#act();
  }

  override onTimer(): void {
    this.#act();
  }

  #act(): void {
    const now = this.desk.now;
    this.#owed = Math.min(MOST_OWED, this.#owed + (Math.max(0, now - this.#lastUs) * this.#ratePerSecond) / 1e6);
    this.#lastUs = now;
    for (; this.#owed >= 1 && this.desk.canOpen; this.#owed -= 1) {
      this.#turn += 1;
      this.#place();
      this.#tend();
    }
  }

  #place(): void {
    const instruments = this.desk.instruments;
    // Each instrument gets every kind in turn.
    const instrument = this.desk.instrument(instruments[Math.floor(this.#turn / KINDS.length) % instruments.length] as Instrument['id']);
    const ticker = instrument && this.desk.ticker(instrument.id);
    if (!instrument || !ticker?.bid || !ticker.ask) return;
    const kind = KINDS[this.#turn % KINDS.length] as Kind;
    const held = this.desk.position(instrument.id)?.qty ?? ZERO;
    const side = kind === 'through' ? towardsNought(held) : this.#turn % 2 === 0 ? 'buy' : 'sell';
    const qty = lots(instrument, ticker.bid);
    const ticks = kind === 'touch' ? ZERO : kind === 'behind' ? TICKS_BEHIND : TICKS_THROUGH.negated();
    const away = ticks.times(instrument.tickSize);
    const price = side === 'buy' ? ticker.bid.minus(away) : ticker.ask.plus(away);
    const timeInForce = kind === 'through' ? 'IOC' : kind === 'touch' ? 'GTX' : 'GTC';
    if (side === 'buy') this.desk.buy(instrument.id, qty, { price, timeInForce });
    else this.desk.sell(instrument.id, qty, { price, timeInForce });
  }

  /** Pulls the oldest beyond the bound, moves one now and then. */
  #tend(): void {
    const orders = this.desk.orders();
    const idle = orders.filter((order) => order.state === 'open' && order.request === undefined);
    const [oldest, next] = idle;
    if (oldest && orders.length > MOST_OPEN) this.desk.cancel(oldest);
    else if (next && this.#turn % MODIFIED_EVERY === 0) this.#move(next);
  }

  #move(order: Order): void {
    const instrument = this.desk.instrument(order.terms.instrument);
    const { price, side } = order.terms;
    if (!instrument || !price) return;
    const step = instrument.tickSize.times(2);
    this.desk.modify(order, { price: side === 'buy' ? price.minus(step) : price.plus(step) });
  }
}

function towardsNought(held: Decimal): Side {
  return held.gt(ZERO) ? 'sell' : 'buy';
}

function lots(instrument: Instrument, price: Decimal): Decimal {
  const wanted = NOTIONAL.div(price).div(instrument.lotSize).ceil().times(instrument.lotSize);
  return wanted.lt(instrument.minQty) ? instrument.minQty : wanted;
}
