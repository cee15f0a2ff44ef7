import {
  decimal,
  type Instrument,
  initialOrder,
  type Order,
  parseClientOrderId,
  parseInstrumentId,
  type Side,
  usTime,
} from '@fillwright/domain';
import type { Desk, Ticker } from '@fillwright/trader';
import { describe, expect, it } from '@jest/globals';
import { TwoSidedQuoter } from '../src/mod.ts';

const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
const INSTRUMENT = {
  id: BTC,
  tickSize: decimal('0.1'),
  lotSize: decimal('0.001'),
  minQty: decimal('0.001'),
  minNotional: decimal('50'),
} as Instrument;

interface Quote {
  readonly side: Side;
  readonly qty: string;
  readonly price: string;
}

/** A desk that writes down what it is asked. */
function makeDesk(params: Record<string, string> = {}) {
  const quotes: Quote[] = [];
  const canceled: Order[] = [];
  const state = { orders: [] as Order[], held: '0', canOpen: true, nowUs: 1_000_000_000 };
  const place =
    (side: Side) =>
    (_instrument: unknown, qty: unknown, options: { readonly price?: unknown } = {}) => {
      quotes.push({ side, qty: String(qty), price: String(options.price) });
      return { ok: true };
    };
  const desk = {
    params: { quote_notional: '100', max_quotes: '2', requote_ticks: '5', rest_ms: '400', ...params },
    instruments: [BTC],
    instrument: () => INSTRUMENT,
    orders: () => state.orders,
    position: () => ({ qty: decimal(state.held) }),
    get canOpen() {
      return state.canOpen;
    },
    get now() {
      return state.nowUs;
    },
    buy: place('buy'),
    sell: place('sell'),
    cancel: (order: Order) => canceled.push(order),
    log: () => undefined,
  } as unknown as Desk;
  const quoter = new TwoSidedQuoter();
  quoter.desk = desk;
  quoter.onStart();
  return { quoter, quotes, canceled, state };
}

function ticker(bid?: string, ask?: string): Ticker {
  return {
    instrument: BTC,
    bid: bid === undefined ? undefined : decimal(bid),
    bidQty: decimal('1'),
    ask: ask === undefined ? undefined : decimal(ask),
    askQty: decimal('1'),
    venueTs: usTime(1),
  };
}

function resting(side: Side, price: string, createdUs = 0): Order {
  const terms = {
    instrument: BTC,
    side,
    type: 'limit',
    timeInForce: 'GTX',
    qty: decimal('1'),
    price: decimal(price),
    reduceOnly: false,
    closePosition: false,
  } as const;
  const start = initialOrder({
    type: 'initialized',
    clientOrderId: parseClientOrderId('q1a'),
    ts: usTime(createdUs),
    owner: 'q1',
    strategy: '',
    terms,
    external: false,
  });
  return { ...start, state: 'open', phase: 'new' } as Order;
}

describe('TwoSidedQuoter', () => {
  it('joins both sides of the touch with one post-only quote each', () => {
    const { quoter, quotes } = makeDesk();
    quoter.onBook(ticker('100', '100.1'));

    expect(quotes).toEqual([
      { side: 'buy', qty: '1.001', price: '100' },
      { side: 'sell', qty: '1', price: '100.1' },
    ]);
  });

  it('leaves a book with an empty side alone', () => {
    const { quoter, quotes } = makeDesk();
    quoter.onBook(ticker(undefined, '100.1'));

    expect(quotes).toEqual([]);
  });

  it('quotes at least the smallest notional of the venue', () => {
    const { quoter, quotes } = makeDesk({ quote_notional: '1' });
    quoter.onBook(ticker('100', '100.1'));

    expect(Number(quotes[0]?.qty) * 100).toBeGreaterThanOrEqual(50);
  });

  it('cancels a quote the market has left, once it has rested', () => {
    const { quoter, quotes, canceled, state } = makeDesk();
    state.orders = [resting('buy', '99'), resting('sell', '100.1')];
    quoter.onBook(ticker('100', '100.1'));

    expect(canceled.map(({ terms }) => terms.side)).toEqual(['buy']);
    expect(quotes).toEqual([]);
  });

  it('leaves a young quote and one that has a cancel in flight alone', () => {
    const { quoter, canceled, state } = makeDesk();
    const request = { type: 'cancel', commandId: 'c', sinceTs: usTime(1), phase: 'sending' } as const;
    state.orders = [resting('buy', '99', state.nowUs - 100_000), { ...resting('sell', '101'), request } as Order];
    quoter.onBook(ticker('100', '100.1'));

    expect(canceled).toEqual([]);
  });

  it('stops quoting the side that would grow a full inventory, and pulls what rests there', () => {
    const { quoter, quotes, canceled, state } = makeDesk();
    state.held = '2';
    state.orders = [resting('buy', '100')];
    quoter.onBook(ticker('100', '100.1'));

    expect(canceled).toHaveLength(1);
    expect(quotes.map(({ side }) => side)).toEqual(['sell']);
  });

  it('keeps several levels, and fills only the empty one', () => {
    const { quoter, quotes, canceled, state } = makeDesk({ levels: '2', level_ticks: '10' });
    state.orders = [resting('buy', '100'), resting('sell', '100.1'), resting('sell', '101.1')];
    quoter.onBook(ticker('100', '100.1'));

    expect(quotes).toEqual([{ side: 'buy', qty: '1.001', price: '99' }]);
    expect(canceled).toEqual([]);
  });

  it('opens nothing while the desk may not', () => {
    const { quoter, quotes, state } = makeDesk();
    state.canOpen = false;
    quoter.onBook(ticker('100', '100.1'));

    expect(quotes).toEqual([]);
  });
});
