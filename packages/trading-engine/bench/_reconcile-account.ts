/** An account with many open orders whose private stream was cut, and a venue that answers every question at once. */
import {
  type ClientOrderId,
  decimal,
  type Fill,
  type OrderTerms,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  usTime,
} from '@fillwright/domain';
import { confirmed, type Lookup, type OrderReport } from '@fillwright/venue';
import { FullPass } from '../src/recovery/full-pass.ts';
import { engineOptions, settle, World } from '../test/_world.ts';

const INSTRUMENTS = Array.from({ length: 20 }, (_, at) => parseInstrumentId(`C${at}USDT-PERP.BINANCE`));
const PRICE = decimal('100');
const QTY = decimal('1');
const HALF = decimal('0.5');

/**
 * Of ten orders one was cancelled, one filled and gone, two filled in part, one in doubt with the venue (of these a tenth never came there),
 * the others are as before. One in ten more is of others, and two trades in ten are of orders that nobody lists; half of these were booked
 * before. With `lags` the venue shows one in ten as filled in part whose trade is not in its history yet.
 */
export class ReconcileAccount {
  readonly world: World;
  readonly #orders: number;
  readonly #lags: boolean;
  readonly #listed: OrderReport[] = [];
  readonly #gone = new Map<string, OrderReport>();
  readonly #trades: Fill[] = [];

  constructor(orders: number, lags = false) {
    this.#orders = orders;
    this.#lags = lags;
    this.world = new World();
    Object.assign(this.world.context, { options: { ...engineOptions(), streamBuffer: orders } });
    this.#open();
    Object.assign(this.world.context.adapter, {
      openOrders: () => answered(this.#listed),
      openAlgoOrders: () => answered([]),
      positions: () => answered(this.#positions()),
      balances: () => answered([]),
      trades: (instrument: string) => answered(this.#trades.filter((fill) => fill.instrument === instrument)),
      lookUpOrder: ({ clientOrderId }: { readonly clientOrderId: string }): Promise<Lookup<OrderReport>> => {
        const value = this.#gone.get(clientOrderId);
        return Promise.resolve(value ? { type: 'answered', value } : { type: 'absent' });
      },
      openPrivateStream: () => Promise.resolve(confirmed({ close: () => undefined })),
    });
  }

  /** Resolves when the account is in sync. */
  async recover(): Promise<void> {
    const { recovery, broken } = this.world;
    const up = new Promise<void>((resolve) => {
      recovery.onUp = () => resolve();
    });
    recovery.trigger('bench');
    await up;
    if (broken.length > 0) throw broken[0];
  }

  /** The digest of both sides, at once. */
  async fullPass(): Promise<string> {
    const pass = new FullPass(this.world.context, {
      inSync: () => true,
      isUnsettled: () => false,
      publish: () => undefined,
      onMoneyMoved: () => undefined,
      onDifference: () => undefined,
    });
    const ended = new Promise<string>((resolve) => pass.run('bench', ({ verdict }) => resolve(verdict)));
    await settle();
    return ended;
  }

  #open(): void {
    const { records } = this.world.context;
    const venueTs = usTime(this.world.clock.wallUs());
    for (let at = 0; at < this.#orders; at += 1) {
      const instrument = INSTRUMENTS[at % INSTRUMENTS.length] as (typeof INSTRUMENTS)[number];
      const terms = { instrument, side: 'buy', type: 'limit', timeInForce: 'GTC', qty: QTY, price: PRICE } as const;
      const whole: OrderTerms = { ...terms, reduceOnly: false, closePosition: false };
      const id = `q1tkr3x0${at.toString(36)}` as ClientOrderId;
      const venueOrderId = parseVenueOrderId(String(1_000 + at));
      records.order(id, { type: 'initialized', owner: 'q1', strategy: 's', terms: whole, external: false });
      records.order(id, { type: 'sending', attempt: 1 });
      if (at % 10 === 5) records.order(id, { type: 'outcome-unknown', reason: { code: 'TIMEOUT', text: 'no answer' } });
      else records.order(id, { type: 'accepted', venueOrderId, venueTs });
      this.#atVenue(at, { clientOrderId: id, venueOrderId, terms: whole, phase: 'new', filledQty: decimal('0'), venueTs, source: 'query' });
    }
  }

  #atVenue(at: number, report: OrderReport): void {
    const kind = at % 10;
    if (kind === 0) this.#gone.set(report.clientOrderId, { ...report, phase: 'canceled' });
    else if (kind === 1) {
      this.#trade(at, report, QTY);
      this.#gone.set(report.clientOrderId, { ...report, phase: 'filled', filledQty: QTY });
    } else if (kind < 4) {
      this.#trade(at, report, HALF);
      this.#listed.push({ ...report, phase: 'partially-filled', filledQty: HALF });
    } else if (kind === 5) {
      if (at % 100 === 5) return;
      this.#trade(at, report, HALF);
      this.#listed.push({ ...report, phase: 'partially-filled', filledQty: HALF });
    } else if (kind === 4 && this.#lags) this.#listed.push({ ...report, phase: 'partially-filled', filledQty: HALF });
    else this.#listed.push(report);
    if (kind > 7) this.#ofNobody(at, kind === 8, report);
    if (kind === 9) this.#listed.push({ ...report, clientOrderId: `hand${at}`, venueOrderId: parseVenueOrderId(String(9_000_000 + at)) });
  }

  /** A trade of an order that nobody lists. */
  #ofNobody(at: number, isBooked: boolean, report: OrderReport): void {
    const terms: OrderTerms = { ...report.terms, side: 'sell' };
    this.#trade(at, { ...report, terms, venueOrderId: parseVenueOrderId(String(7_000_000 + at)) }, HALF);
    const fill = this.#trades.at(-1);
    if (isBooked && fill) this.world.context.records.strayFill(fill, 'EXTERNAL');
  }

  #trade(at: number, { terms, venueOrderId }: OrderReport, qty: Fill['qty']): void {
    if (venueOrderId === undefined) return;
    const { instrument, side } = terms;
    const facts = { price: PRICE, liquidity: 'maker', fee: decimal('0.02'), feeAsset: 'USDT' } as const;
    const tradeId = parseTradeId(String(5_000 + at));
    this.#trades.push({ instrument, side, qty, venueOrderId, tradeId, venueTs: this.world.clock.wallUs(), ...facts });
  }

  #positions() {
    return INSTRUMENTS.map((instrument) => ({
      instrument,
      qty: this.#trades
        .filter((fill) => fill.instrument === instrument)
        .reduce((sum, { qty, side }) => (side === 'buy' ? sum.plus(qty) : sum.minus(qty)), decimal('0')),
      entryPrice: PRICE,
      venueTs: usTime(1),
    }));
  }
}

function answered<T>(value: T): Promise<{ readonly type: 'answered'; readonly value: T }> {
  return Promise.resolve({ type: 'answered', value });
}
