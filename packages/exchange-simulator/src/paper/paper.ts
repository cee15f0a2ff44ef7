/**
 * Paper trading: the book, trades and mark of one symbol follow a real exchange's public streams, orders are matched here. Nothing but public
 * data is ever asked for: no order, no key goes upstream. While upstream is lost or not joined the symbol is halted: what stands in the
 * book is old, and nobody can trade in it.
 */
import type { Clock, HttpClient, Log, Timer, WebSocketConnector } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Engine } from '../engine/engine.ts';
import { BookMirror, type LevelChange } from '../flow/book-mirror.ts';
import type { Feed, House } from '../flow/feed.ts';
import type { Market } from '../market/market.ts';
import { unitsOf } from '../numbers/units.ts';
import { type BookStep, levelsOf, stepsOf, UpstreamBook } from './upstream-book.ts';
import { UpstreamLink } from './upstream-link.ts';

export interface PaperOptions {
  /** `https://fapi.binance.com` */
  readonly restUrl: string;
  /** `wss://fstream.binance.com`; routes and streams are put behind it. */
  readonly streamUrl: string;
  /** Without a frame for so long a stream counts as lost. */
  readonly silenceMs: number;
}

export interface PaperInit {
  readonly clock: Clock;
  readonly log: Log;
  readonly http: HttpClient;
  readonly webSocket: WebSocketConnector;
  readonly engine: Engine;
  readonly market: Market;
  readonly house: House<Account>;
  readonly options: PaperOptions;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const SNAPSHOT_TIMEOUT_MS = 10_000;

export class Paper implements Feed {
  readonly #init: PaperInit;
  readonly #mirror: BookMirror;
  #links: UpstreamLink[] = [];
  #book = new UpstreamBook();
  /** Goes up with each attempt: an answer of an earlier one means nothing. */
  #attempt = 0;
  #opened = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: Timer | undefined;
  #running = false;
  #live = false;
  #why = 'not started';

  constructor(init: PaperInit) {
    this.#init = init;
    this.#mirror = new BookMirror(init.engine, init.market, init.house);
  }

  get running(): boolean {
    return this.#running;
  }

  /** `live`, or why it is not. */
  get state(): string {
    return this.#live ? 'live' : this.#why;
  }

  get trouble(): string | undefined {
    return this.#live ? undefined : this.#why;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#halt('connecting');
    this.#connect();
  }

  pause(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#drop();
    this.#halt('paused');
  }

  #connect(): void {
    this.#drop();
    this.#attempt += 1;
    this.#opened = 0;
    this.#book = new UpstreamBook();
    const { market, options } = this.#init;
    const name = market.spec.symbol.toLowerCase();
    const streams = [`public/stream?streams=${name}@depth@100ms`, `market/stream?streams=${name}@aggTrade/${name}@markPrice@1s`];
    this.#links = streams.map((path) => {
      return new UpstreamLink(this.#init, `${options.streamUrl}/${path}`, options.silenceMs, {
        opened: () => this.#joined(streams.length),
        received: (data) => this.#received(data),
        lost: (why) => this.#lost(why),
      });
    });
  }

  /** The snapshot is asked for once frames come: it must not be older than the first of them. */
  #joined(wanted: number): void {
    this.#opened += 1;
    if (this.#opened === wanted) void this.#askSnapshot(this.#attempt);
  }

  async #askSnapshot(attempt: number): Promise<void> {
    const { http, market, options } = this.#init;
    const url = `${options.restUrl}/fapi/v1/depth?symbol=${market.spec.symbol}&limit=1000`;
    const answer = await http.request({ method: 'GET', url, headers: {}, timeoutMs: SNAPSHOT_TIMEOUT_MS });
    if (attempt !== this.#attempt || !this.#running) return;
    if (answer.type === 'failure') return this.#lost(`no snapshot: ${answer.message}`);
    if (answer.status !== 200) return this.#lost(`no snapshot: status ${answer.status}`);
    const { lastUpdateId, bids, asks } = record(answer.body);
    const [buys, sells] = [levelsOf(market.spec, 1, bids), levelsOf(market.spec, -1, asks)];
    if (typeof lastUpdateId !== 'number' || buys === undefined || sells === undefined) return this.#lost(this.#offGrid());
    this.#step(this.#book.snapshot(lastUpdateId, [...buys, ...sells]));
  }

  #offGrid(): string {
    const { tickSize, stepSize } = this.#init.market.spec.options;
    return `a price or size is not on the grid of TICK_SIZE ${tickSize} and STEP_SIZE ${stepSize}; set them to those of the exchange`;
  }

  #received(data: Readonly<Record<string, unknown>>): void {
    switch (data.e) {
      case 'depthUpdate':
        this.#depth(data);
        break;
      case 'aggTrade':
        this.#trade(data);
        break;
      case 'markPriceUpdate':
        this.#mark(data);
    }
  }

  #depth({ U, u, pu, b, a }: Readonly<Record<string, unknown>>): void {
    const { spec } = this.#init.market;
    const [bids, asks] = [levelsOf(spec, 1, b), levelsOf(spec, -1, a)];
    if (typeof U !== 'number' || typeof u !== 'number' || typeof pu !== 'number' || bids === undefined || asks === undefined)
      this.#lost(this.#offGrid());
    else this.#step(this.#book.frame({ firstId: U, lastId: u, previousId: pu, changes: [...bids, ...asks] }));
  }

  #step(step: BookStep): void {
    switch (step.type) {
      case 'wait':
        return;
      case 'gap':
        this.#lost('a gap in the stream of the book');
        return;
      case 'replace':
        this.#goLive();
        this.#mirror.replace(step.levels);
        for (const changes of step.changes) this.#mirror.apply(changes);
        return;
      case 'apply':
        this.#mirror.apply(step.changes as readonly LevelChange[]);
    }
  }

  #trade({ p, q, m }: Readonly<Record<string, unknown>>): void {
    const { spec } = this.#init.market;
    const [ticks, lots] = [stepsOf(p, spec.tickUnits), stepsOf(q, spec.stepUnits)];
    if (!this.#live || ticks === undefined || lots === undefined || lots === 0) return;
    this.#mirror.trade(m === true ? -1 : 1, ticks, lots);
  }

  #mark({ p, i, r }: Readonly<Record<string, unknown>>): void {
    const { engine, market } = this.#init;
    const [mark, index, rate] = [p, i, r].map((text) =>
      typeof text === 'string' && /^-?\d{1,12}(\.\d{1,8})?$/.test(text) ? unitsOf(text) : undefined,
    );
    if (mark === undefined || mark <= 0n) return;
    engine.setMark(market, mark, index === undefined || index <= 0n ? mark : index);
    if (rate !== undefined) market.fundingRate = rate;
  }

  #goLive(): void {
    const { engine, market, log } = this.#init;
    this.#live = true;
    this.#retryMs = FIRST_RETRY_MS;
    engine.setStatus(market, 'TRADING');
    log.info('paper-live', { symbol: market.spec.symbol });
  }

  /** The symbol is halted until the next attempt has joined. */
  #lost(why: string): void {
    if (!this.#running) return;
    const { log, clock, market } = this.#init;
    this.#drop();
    log.warn('paper-lost', { code: 'XSM_PAPER_LOST', symbol: market.spec.symbol, why, retryMs: this.#retryMs });
    this.#halt(why);
    this.#retry = clock.after(this.#retryMs, () => this.#connect());
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  #halt(why: string): void {
    const { engine, market } = this.#init;
    this.#live = false;
    this.#why = why;
    engine.setStatus(market, 'TRADING_HALT');
  }

  #drop(): void {
    this.#attempt += 1;
    this.#retry?.cancel();
    this.#retry = undefined;
    for (const link of this.#links.splice(0)) link.stop();
  }

  /** A dump keeps the book and that it runs; it joins upstream anew. */
  hiddenState() {
    return { mirror: this.#mirror.hiddenState(), running: this.#running };
  }

  restoreHidden({ mirror, running }: ReturnType<Paper['hiddenState']>): void {
    this.#mirror.restoreHidden(mirror);
    if (!running) return;
    this.#running = true;
    this.#halt('connecting');
    // Not before the whole state is restored.
    this.#retry = this.#init.clock.after(0, () => this.#connect());
  }

  close(): void {
    this.#running = false;
    this.#drop();
  }
}

function record(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // the caller finds nothing in it
  }
}
