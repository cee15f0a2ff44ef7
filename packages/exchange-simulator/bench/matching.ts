/** Orders per second of one core: matching alone, and the full path with accounts, margin, fees, self-trade prevention and histories. */
import { type BenchRow, benchRow } from '../../../bench/rows.ts';
import { Account } from '../src/account/account.ts';
import { Engine } from '../src/engine/engine.ts';
import { Market, UpdateIds } from '../src/market/market.ts';
import { symbolSpec } from '../src/market/symbol-spec.ts';
import { type MatchRules, OrderBook } from '../src/matching/order-book.ts';
import type { BookOrder, Level } from '../src/matching/price-levels.ts';
import type { Sign } from '../src/numbers/units.ts';
import { DEMO_SYMBOLS } from '../src/options/options.ts';
import type { Order } from '../src/order/order.ts';
import { Refusal } from '../src/order/refusal.ts';
import { VirtualClock } from '../test/kit.ts';
import { type MixedFlow, OrderMix } from './_order-mix.ts';

/** Orders between two looks at the size of the book. */
const BATCH = 1_000;
/** Batches in one sample: enough that collecting garbage is in every one of them. */
const BATCHES = 20;
const ROUNDS = 5;

/** Lists that give up any member at once: the last one takes its place. */
class Live<T> {
  readonly items: T[] = [];
  readonly #places = new Map<T, number>();

  add(item: T): void {
    this.#places.set(item, this.items.length);
    this.items.push(item);
  }

  remove(item: T): void {
    const at = this.#places.get(item);
    if (at === undefined) return;
    this.#places.delete(item);
    const last = this.items.pop() as T;
    if (last === item) return;
    this.items[at] = last;
    this.#places.set(last, at);
  }
}

class CoreOrder implements BookOrder<CoreOrder> {
  readonly sign: Sign;
  ticks: number;
  openLots: number;
  level: Level<CoreOrder> | undefined = undefined;
  previous: CoreOrder | undefined = undefined;
  next: CoreOrder | undefined = undefined;

  constructor(sign: Sign, ticks: number, lots: number) {
    this.sign = sign;
    this.ticks = ticks;
    this.openLots = lots;
  }
}

/** Events are told: level changes and trades are counted, as the cheapest thing that needs them all. */
function coreFlow(): MixedFlow & { readonly events: number } {
  const live = new Live<CoreOrder>();
  let events = 0;
  const book = new OrderBook<CoreOrder>(() => {
    events += 1;
  });
  const rules: MatchRules<CoreOrder> = {
    prevent: () => 'trade',
    prevented: () => {},
    traded: (_taker, maker) => {
      events += 1;
      if (maker.openLots === 0) live.remove(maker);
    },
  };
  return {
    get live() {
      return live.items.length;
    },
    get events() {
      return events;
    },
    add(sign, ticks, lots) {
      const order = new CoreOrder(sign, ticks, lots);
      book.match(order, ticks, rules);
      if (order.openLots === 0) return;
      book.add(order);
      live.add(order);
    },
    cancelNth(index) {
      const order = live.items[index];
      if (order === undefined) return;
      live.remove(order);
      book.remove(order);
    },
  };
}

/** Each may have 200 open orders. */
const CLIENTS = 120;
/** 10^-8 USDT: enough for any of the orders. */
const WALLET = 10n ** 20n;

/** The engine as the simulator runs it, with many clients and a listener to everything. */
function engineFlow(): MixedFlow & { readonly events: number } {
  const engine = new Engine(new VirtualClock());
  const options = DEMO_SYMBOLS.find(({ symbol }) => symbol === 'SOLUSDT');
  if (options === undefined) throw new Error('the demo has no SOLUSDT');
  const market = new Market(symbolSpec(options), new UpdateIds());
  engine.addMarket(market);
  const fees = { maker: 20_000n, taker: 50_000n };
  const accounts = Array.from({ length: CLIENTS }, (_, n) => {
    const account = new Account({ name: `client-${n}`, alias: `c${n}`, fees, house: false, wallet: WALLET });
    engine.addAccount(account);
    return account;
  });
  const live = new Live<Order>();
  let events = 0;
  const count = (): void => {
    events += 1;
  };
  market.onDepth(count);
  engine.listen({
    orderChanged: (order) => {
      events += 1;
      if (!order.isOpen) live.remove(order);
    },
    ...{ traded: count, aggregated: count, settled: count },
  });
  engine.listen(engine.algo);
  let ids = 0;
  return {
    get live() {
      return live.items.length;
    },
    get events() {
      return events;
    },
    add(sign, ticks, lots) {
      ids += 1;
      const placed = engine.place({
        ...{ account: accounts[ids % CLIENTS] as Account, market, sign, type: 'LIMIT', tif: 'GTC', lots: lots * 10, ticks },
        ...{ reduceOnly: false, clientId: `bench-${ids}`, stp: 'EXPIRE_MAKER', priceMatch: 'NONE', goodTillMs: 0 },
      });
      if (placed instanceof Refusal) throw new Error(`refused: ${placed.code} ${placed.msg}`);
      if (placed.isOpen) live.add(placed);
    },
    cancelNth(index) {
      const order = live.items[index];
      if (order !== undefined) engine.cancel(order);
    },
  };
}

/** Microseconds of a core per order, collection of garbage included: each figure is a mean over 20 000 of them. */
function perOrder(mix: OrderMix, samples: number): number[] {
  return Array.from({ length: samples }, () => {
    let tookUs = 0;
    for (let batch = 0; batch < BATCHES; batch += 1) {
      mix.settle();
      const from = process.cpuUsage();
      mix.run(BATCH);
      const { user, system } = process.cpuUsage(from);
      tookUs += user + system;
    }
    return tookUs / BATCH / BATCHES;
  });
}

function measured(name: string, flow: MixedFlow & { readonly events: number }, samples: number, budget: number): BenchRow {
  const mix = new OrderMix('1', flow);
  perOrder(mix, samples); // warm
  const rounds = Array.from({ length: ROUNDS }, () => perOrder(mix, samples));
  const row = benchRow(name, rounds, { budget });
  const all = mix.adds + mix.crossings + mix.cancels;
  const share = (part: number) => `${Math.round((100 * part) / all)} %`;
  process.stdout.write(
    `${name}: ${Math.round(1e6 / row.p50)} orders/s; ${share(mix.cancels)} cancels, ${share(mix.crossings)} crossing, ${flow.events} events\n`,
  );
  return row;
}

/** The core shall take a million orders a second, the full path 150 000. */
export function matchingBench(): readonly BenchRow[] {
  return [
    measured('matching core, one order of the mix', coreFlow(), 20, 1),
    measured('full path with accounts, one order of the mix', engineFlow(), 10, 6.67),
  ];
}
