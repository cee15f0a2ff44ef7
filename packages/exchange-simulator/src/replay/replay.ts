/**
 * A recorded day on the venue's clock: trades and book of one symbol from CSV files, at the times they have there, or shifted so that the first
 * comes now. Clients trade against it as `BookMirror` says. Read as it goes, never as a whole.
 */
import { AppError, type Clock, type Log, type Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { rearmed } from '../clock/venue-clock.ts';
import type { Engine } from '../engine/engine.ts';
import { BookMirror, type LevelChange } from '../flow/book-mirror.ts';
import type { Feed, House } from '../flow/feed.ts';
import type { Market } from '../market/market.ts';
import type { TapeRecord } from './records.ts';
import type { TapeFile } from './tape-file.ts';

export interface ReplayInit {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly market: Market;
  readonly house: House<Account>;
  /** At least one of them. */
  readonly trades: TapeFile | undefined;
  readonly book: TapeFile | undefined;
  /** `recorded` = at the recorded times; `start` = shifted so that the first record comes at the start. */
  readonly timing: 'start' | 'recorded';
}

type Level = TapeRecord & { readonly type: 'level' };

export class Replay implements Feed {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #engine: Engine;
  readonly #market: Market;
  readonly #mirror: BookMirror;
  readonly #trades: TapeFile | undefined;
  readonly #book: TapeFile | undefined;
  readonly #timing: 'start' | 'recorded';
  #shiftUs: number | undefined;
  #timer: Timer | undefined;
  /** Paused at this time of the recording. */
  #pausedUs: number | undefined;
  #failure: string | undefined;

  constructor(init: ReplayInit) {
    this.#clock = init.clock;
    this.#log = init.log;
    this.#engine = init.engine;
    this.#market = init.market;
    this.#mirror = new BookMirror(init.engine, init.market, init.house);
    this.#trades = init.trades;
    this.#book = init.book;
    this.#timing = init.timing;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  get state(): string {
    if (this.#failure !== undefined) return this.#failure;
    return this.running ? 'playing' : this.#earliest() === undefined ? 'ended' : 'paused';
  }

  get trouble(): string | undefined {
    return this.#failure;
  }

  start(): void {
    const next = this.#earliest()?.next;
    if (this.#timer !== undefined || this.#failure !== undefined || next === undefined) return;
    const nowUs = this.#clock.wallUs();
    if (this.#pausedUs !== undefined && this.#timing === 'start') this.#shiftUs = nowUs - this.#pausedUs;
    this.#pausedUs = undefined;
    this.#shiftUs ??= this.#timing === 'recorded' ? 0 : nowUs - next.timeUs;
    this.#arm();
  }

  /** The recording stands still too, unless its own times rule. */
  pause(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#pausedUs = this.#clock.wallUs() - (this.#shiftUs ?? 0);
  }

  /** Of two at one time the trade goes first: the book that was recorded then is the one after it. */
  #earliest(): TapeFile | undefined {
    const [trade, book] = [this.#trades?.next, this.#book?.next];
    if (trade === undefined) return book === undefined ? undefined : this.#book;
    return book === undefined || trade.timeUs <= book.timeUs ? this.#trades : this.#book;
  }

  #arm(): void {
    const next = this.#earliest()?.next;
    if (next === undefined) {
      this.#timer = undefined;
      this.#log.info('replay-ended', { symbol: this.#market.spec.symbol });
      return;
    }
    const leftUs = next.timeUs + (this.#shiftUs ?? 0) - this.#clock.wallUs();
    this.#timer = this.#clock.after(Math.max(0, leftUs / 1000), () => this.#due());
  }

  #due(): void {
    try {
      this.#play(this.#clock.wallUs() - (this.#shiftUs ?? 0));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#timer = undefined;
      this.#failure = error.message;
      // A book that follows nothing any more must not be traded in.
      this.#engine.setStatus(this.#market, 'TRADING_HALT');
      this.#log.error('replay-failed', { code: error.code, symbol: this.#market.spec.symbol, error });
      return;
    }
    this.#arm();
  }

  /** Everything up to this time of the recording. */
  #play(untilUs: number): void {
    for (let file = this.#earliest(); file?.next !== undefined && file.next.timeUs <= untilUs; file = this.#earliest()) {
      const { next } = file;
      if (next.type === 'level') this.#levels(file, next);
      else {
        file.take();
        if (next.type === 'trade') this.#trade(next);
        else
          this.#mirror.replace([
            { sign: 1, ...next.bid },
            { sign: -1, ...next.ask },
          ]);
      }
      this.#mark();
    }
  }

  #trade({ takerSign, ticks, lots }: TapeRecord & { readonly type: 'trade' }): void {
    this.#mirror.trade(takerSign, ticks, lots);
    // Without a recorded book there is one level on each side of the last trade.
    if (this.#book === undefined) {
      const [bid, ask] = takerSign === 1 ? [ticks - 1, ticks] : [ticks, ticks + 1];
      this.#mirror.replace([
        { sign: 1, ticks: Math.max(1, bid), lots },
        { sign: -1, ticks: ask, lots },
      ]);
    }
  }

  /** All levels of one time belong together. */
  #levels(file: TapeFile, first: Level): void {
    const levels: LevelChange[] = [];
    for (
      let next = file.next;
      next?.type === 'level' && next.timeUs === first.timeUs && next.snapshot === first.snapshot;
      next = file.next
    ) {
      levels.push(next);
      file.take();
    }
    if (first.snapshot) this.#mirror.replace(levels);
    else this.#mirror.apply(levels);
  }

  /** The middle of the book, of the last trade where a side is empty. */
  #mark(): void {
    const { bids, asks } = this.#market.book;
    const [bid, ask] = [bids.best()?.ticks, asks.best()?.ticks];
    const unit = BigInt(this.#market.spec.tickUnits);
    const price = bid === undefined || ask === undefined ? this.#market.lastPrice : (BigInt(bid + ask) * unit) / 2n;
    if (price !== this.#market.mark && price > 0n) this.#engine.setMark(this.#market, price);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return {
      ...{ mirror: this.#mirror.hiddenState(), trades: this.#trades?.hiddenState(), book: this.#book?.hiddenState() },
      ...{ shiftUs: this.#shiftUs, timer: this.#timer, pausedUs: this.#pausedUs, failure: this.#failure },
    };
  }

  restoreHidden({ mirror, trades, book, shiftUs, timer, pausedUs, failure }: ReturnType<Replay['hiddenState']>): void {
    this.#mirror.restoreHidden(mirror);
    if (trades !== undefined) this.#trades?.restoreHidden(trades);
    if (book !== undefined) this.#book?.restoreHidden(book);
    this.#shiftUs = shiftUs;
    this.#timer = timer === undefined ? undefined : rearmed(timer, () => this.#due());
    this.#pausedUs = pausedUs;
    this.#failure = failure;
  }

  close(): void {
    this.#trades?.close();
    this.#book?.close();
  }
}
