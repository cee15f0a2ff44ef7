/** What can be seen of trading from the bus alone: books, own orders, fills, positions, balances, heartbeats. Folds messages; asks nobody. */
import type {
  BalanceView,
  EngineStateMessage,
  FillView,
  HeartbeatMessage,
  Message,
  OrderEventMessage,
  OrderView,
  PositionView,
  SnapshotReply,
  TickerMessage,
} from '@fillwright/messages';
import { compareText } from '../compare/books.ts';
import { RateMeter } from './rate-meter.ts';
import { SeqWatch } from './seq-watch.ts';

const MAX_FILLS = 100;
const MAX_INSTRUMENTS = 500;
/** Live orders shown at most; the engine's own bound is far below. */
const MAX_ORDERS = 10_000;

export interface MarketRow {
  readonly instrument: string;
  readonly bid: string;
  readonly bidQty: string;
  readonly ask: string;
  readonly askQty: string;
  /** `undefined` until one came. */
  readonly mark: string | undefined;
  readonly tick: string | undefined;
  readonly updatesPerSecond: number;
  readonly ageMs: number;
}

export interface LinkRow {
  readonly ageMs: number;
  readonly beat: HeartbeatMessage;
  readonly gaps: number;
}

/** How often each change of an order was seen. */
export interface OrderCounts {
  readonly accepted: number;
  readonly fills: number;
  readonly canceled: number;
  readonly rejected: number;
  readonly denied: number;
}

export interface DeskView {
  readonly markets: readonly MarketRow[];
  /** Not closed, oldest first. */
  readonly orders: readonly OrderView[];
  /** Newest first. */
  readonly fills: readonly FillView[];
  readonly positions: readonly PositionView[];
  readonly balances: readonly BalanceView[];
  readonly engine: EngineStateMessage | undefined;
  readonly counts: OrderCounts;
  /** By PROCESS_NAME. */
  readonly links: ReadonlyMap<string, LinkRow>;
}

interface Market {
  ticker: TickerMessage | undefined;
  mark: string | undefined;
  tick: string | undefined;
  atUs: number;
  readonly rate: RateMeter;
}

export class DeskWatch {
  readonly #nowUs: () => number;
  readonly #seqs = new SeqWatch();
  readonly #markets = new Map<string, Market>();
  readonly #orders = new Map<string, OrderView>();
  readonly #positions = new Map<string, PositionView>();
  readonly #balances = new Map<string, BalanceView>();
  readonly #beats = new Map<string, { readonly beat: HeartbeatMessage; readonly atUs: number }>();
  readonly #counts = { accepted: 0, fills: 0, canceled: 0, rejected: 0, denied: 0 };
  #fills: readonly FillView[] = [];
  #engine: EngineStateMessage | undefined;

  /** `nowUs`: monotonic. */
  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  /** Whether something before it was lost: the caller should ask for a snapshot. */
  apply(message: Message): { readonly lost: boolean } {
    let missed = this.#seqs.note(message);
    if (message.type === 'heartbeat') missed += this.#seqs.heartbeat(message.src, message.epoch, message.data);
    this.#fold(message);
    return { lost: missed > 0 };
  }

  #fold(message: Message): void {
    switch (message.type) {
      case 'heartbeat':
        this.#beats.set(message.src, { beat: message.data, atUs: this.#nowUs() });
        break;
      case 'market.ticker':
        this.#market(message.data.instrument, (market) => {
          market.ticker = message.data;
          market.atUs = this.#nowUs();
        });
        break;
      case 'market.mark':
        this.#market(message.data.instrument, (market) => {
          market.mark = message.data.mark;
          market.atUs = this.#nowUs();
        });
        break;
      case 'market.depth':
      case 'market.trade':
        this.#market(message.data.instrument, () => {});
        break;
      case 'market.instrument':
        this.#market(message.data.id, (market) => {
          market.tick = message.data.tickSize;
        });
        break;
      case 'order.event':
        this.#orderEvent(message.data);
        break;
      case 'account.fill':
        this.#counts.fills += 1;
        this.#fills = [message.data.fill, ...this.#fills].slice(0, MAX_FILLS);
        break;
      case 'position.changed':
        this.#positions.set(message.data.position.instrument, message.data.position);
        break;
      case 'position.balance':
        this.#balances.set(message.data.balance.asset, message.data.balance);
        break;
      case 'engine.state':
        this.#engine = message.data;
        break;
      default:
    }
  }

  /** What a service said about one of its topics replaces what we held of it. False: it is older than what we saw since; ask again. */
  takeSnapshot(source: string, snapshot: SnapshotReply): boolean {
    if (this.#seqs.lastSeq(source, snapshot.topic, snapshot.epoch) > snapshot.seq) return false;
    if (snapshot.orders !== undefined) {
      this.#orders.clear();
      for (const order of snapshot.orders) this.#keepOrder(order);
    }
    if (snapshot.positions !== undefined) {
      this.#positions.clear();
      for (const position of snapshot.positions) this.#positions.set(position.instrument, position);
      for (const balance of snapshot.balances ?? []) this.#balances.set(balance.asset, balance);
    }
    for (const { id, tickSize } of snapshot.instruments ?? []) {
      this.#market(id, (market) => {
        market.tick = tickSize;
      });
    }
    for (const ticker of snapshot.tickers ?? []) {
      this.#market(ticker.instrument, (market) => {
        market.ticker = ticker;
      });
    }
    for (const { instrument, mark } of snapshot.marks ?? []) {
      this.#market(instrument, (market) => {
        market.mark = mark;
      });
    }
    return true;
  }

  view(): DeskView {
    const nowUs = this.#nowUs();
    const links = [...this.#beats].map(([source, { beat, atUs }]): readonly [string, LinkRow] => {
      return [source, { beat, ageMs: (nowUs - atUs) / 1000, gaps: this.#seqs.countOf(source).gaps }];
    });
    return {
      markets: [...this.#markets]
        .toSorted(([a], [b]) => compareText(a, b))
        .flatMap(([instrument, market]) => marketRow(instrument, market, nowUs)),
      orders: [...this.#orders.values()].toSorted((a, b) => a.createdTs - b.createdTs),
      fills: this.#fills,
      positions: [...this.#positions.values()].toSorted((a, b) => compareText(a.instrument, b.instrument)),
      balances: [...this.#balances.values()],
      engine: this.#engine,
      counts: { ...this.#counts },
      links: new Map(links),
    };
  }

  #market(instrument: string, change: (market: Market) => void): void {
    let market = this.#markets.get(instrument);
    if (market === undefined) {
      if (this.#markets.size >= MAX_INSTRUMENTS) return;
      market = { ticker: undefined, mark: undefined, tick: undefined, atUs: this.#nowUs(), rate: new RateMeter() };
      this.#markets.set(instrument, market);
    }
    market.rate.add(this.#nowUs());
    change(market);
  }

  #orderEvent({ change, order }: OrderEventMessage): void {
    this.#keepOrder(order);
    switch (change) {
      case 'accepted':
      case 'canceled':
      case 'rejected':
      case 'denied':
        this.#counts[change] += 1;
        break;
      default:
    }
  }

  #keepOrder(order: OrderView): void {
    if (order.state === 'closed') this.#orders.delete(order.clientOrderId);
    else if (this.#orders.has(order.clientOrderId) || this.#orders.size < MAX_ORDERS) this.#orders.set(order.clientOrderId, order);
  }
}

function marketRow(instrument: string, { ticker, mark, tick, atUs, rate }: Market, nowUs: number): readonly MarketRow[] {
  // An instrument with an empty book has no ticker, but it is there.
  if (ticker === undefined && mark === undefined) return [];
  const { bid, bidQty, ask, askQty } = ticker ?? { bid: '0', bidQty: '0', ask: '0', askQty: '0' };
  const ageMs = (nowUs - atUs) / 1000;
  return [{ instrument, bid, bidQty, ask, askQty, mark, tick, updatesPerSecond: rate.perSecond(nowUs), ageMs }];
}
