/** Benches that lie: a card that passes on each of them would pass on anything. */
import type { Instrument, TradeId } from '@fillwright/domain';
import type { CardBench, CardEvent, CardOrder, CardTrader, MarketWatch } from '@fillwright/venue/cards';

type Wrong = (bench: CardBench) => CardBench;

/** `original` with some of its members replaced; the rest works as before, also on private state. */
function except<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      if (Object.hasOwn(changes, key)) return changes[key as keyof T];
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function traders(bench: CardBench, change: (trader: CardTrader) => Partial<CardTrader>): CardBench {
  const [trader, second] = [bench.trader, bench.second].map((one) => except(one, change(one)));
  return except(bench, { ...(trader && { trader }), ...(second && { second }) });
}

function troubles(bench: CardBench, change: (trouble: NonNullable<CardBench['trouble']>) => Partial<NonNullable<CardBench['trouble']>>) {
  return bench.trouble === undefined ? bench : except(bench, { trouble: except(bench.trouble, change(bench.trouble)) });
}

function shifted(order: CardOrder): CardOrder {
  const more = (text: string | undefined) => (text === undefined ? undefined : String(Number(text) + 1));
  return {
    ...order,
    price: more(order.price),
    qty: more(order.qty) ?? '',
    filledQty: more(order.filledQty) ?? '',
    owner: 'zz',
    reason: undefined,
  };
}

/** The list as it grows, each entry told in another way. */
function retold<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  return new Proxy(list, {
    get: (target, key, receiver) => {
      const one = typeof key === 'string' && /^\d+$/.test(key) ? target[Number(key)] : undefined;
      return one === undefined ? Reflect.get(target, key, receiver) : change(one);
    },
  });
}

/** Every book, quote and mark is upside down, and trades run backwards. */
function garbled(watch: MarketWatch): MarketWatch {
  return except(watch, {
    tickers: retold(watch.tickers, (ticker) => ({ ...ticker, bid: ticker.ask, ask: ticker.bid })),
    depths: retold(watch.depths, (depth) => ({ ...depth, bids: [...depth.bids].reverse() })),
    trades: retold(watch.trades, (trade) => ({ ...trade, tradeId: `-${trade.tradeId}` as TradeId })),
    marks: retold(watch.marks, (mark) => ({
      ...{ ...mark, mark: mark.mark.times(2), index: mark.index.times(2), fundingRate: mark.mark },
      nextFundingTs: mark.venueTs,
    })),
  });
}

function frozen(watch: MarketWatch): MarketWatch {
  return except(watch, { depths: retold(watch.depths, (depth) => watch.depths[0] ?? depth) });
}

function broken(instrument: Instrument): Instrument {
  return { ...instrument, trading: !instrument.trading, tickSize: instrument.tickSize.minus(instrument.tickSize) };
}

const without = (change: string) => (events: readonly CardEvent[]) => events.filter((event) => event.change !== change);

export const WRONGS: Readonly<Record<string, Wrong>> = {
  'nothing is ever accepted': (bench) => traders(bench, (trader) => ({ events: (id) => without('accepted')(trader.events(id)) })),
  'the market is upside down': (bench) => except(bench, { watchMarket: async (levels) => garbled(await bench.watchMarket(levels)) }),
  'the book never changes': (bench) => except(bench, { watchMarket: async (levels) => frozen(await bench.watchMarket(levels)) }),
  'the book is deeper than asked for, and of other symbols': (bench) =>
    except(bench, {
      watchMarket: async (levels) => except(await bench.watchMarket(levels * 2), { instrument: bench.instrument.id }),
    }),
  'instruments have other rules': (bench) => except(bench, { instruments: async () => (await bench.instruments()).map(broken) }),
  'closing does nothing': (bench) =>
    except(bench, {
      watchMarket: async (levels) => except(await bench.watchMarket(levels), { close: async () => undefined }),
      adapter: except(bench.adapter, {
        openPrivateStream: async (events) => {
          const opened = await bench.adapter.openPrivateStream(events);
          return opened.type === 'confirmed' ? { ...opened, value: { close: () => undefined } } : opened;
        },
      }),
    }),
  'orders are told with other figures': (bench) =>
    traders(bench, (trader) => ({
      order: (id) => {
        const order = trader.order(id);
        return order && shifted(order);
      },
    })),
  'commands are answered with another word': (bench) =>
    traders(bench, (trader) => ({
      answer: async (id) => ({ ...(await trader.answer(id)), verdict: 'heard', reason: undefined, order: undefined }),
    })),
  'the venue holds other orders': (bench) =>
    except(bench, {
      adapter: except(bench.adapter, {
        lookUpOrder: async (order) => {
          const answer = await bench.adapter.lookUpOrder(order);
          if (answer.type !== 'answered') return answer;
          const { terms } = answer.value;
          const other = { ...terms, qty: terms.qty.times(2), reduceOnly: !terms.reduceOnly, timeInForce: 'FOK' } as const;
          return { ...answer, value: { ...answer.value, terms: other, phase: 'rejected' } };
        },
        openOrders: async () => ({ type: 'answered', value: [] }),
      }),
    }),
  'the venue holds another position': (bench) =>
    except(bench, {
      adapter: except(bench.adapter, {
        positions: async () => {
          const answer = await bench.adapter.positions();
          if (answer.type === 'failed') return answer;
          const other = {
            instrument: bench.instrument.id,
            qty: bench.qty.times(7),
            entryPrice: bench.qty,
            venueTs: bench.nowUs() as never,
          };
          return { ...answer, value: [other] };
        },
      }),
    }),
  'the engine holds another account': (bench) =>
    except(bench, {
      engine: except(bench.engine, {
        account: async () => {
          const account = await bench.engine.account();
          const positions = [{ instrument: bench.instrument.id, qty: '7', entryPrice: '1' }];
          return { ...account, orders: account.orders.slice(1), positions, unknownOrders: 1 };
        },
      }),
    }),
  'the venue was asked more often': (bench) =>
    troubles(bench, (trouble) => ({
      received: async (...of) => (await trouble.received(...of)) + 1,
      takenOn: async (id) => (await trouble.takenOn(id)) + 1,
      sent: async () => [],
    })),
  'trouble does nothing': (bench) =>
    troubles(bench, () => ({ halt: async () => undefined, setHedgeMode: async () => undefined, trade: async () => undefined })),
};
