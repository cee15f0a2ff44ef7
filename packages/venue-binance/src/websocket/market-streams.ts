/**
 * The public streams of a set of symbols over two routes: book ticker and depth on `/public`, trades and mark prices on `/market`.
 * Delivers to `MarketEvents`; a route that stays silent against its cadence is reconnected.
 */
import type { InstrumentId } from '@fillwright/domain';
import type { Log, Timer } from '@fillwright/runtime/ports';
import type { MarketEvents } from '@fillwright/venue';
import type { LocalBook } from '../common/local-book.ts';
import { type MarketFrame, readMarketFrame } from '../parse/market-frame.ts';
import { BookSync, type BookSyncPorts } from './book-sync.ts';
import { KeptLink, type KeptLinkPorts } from './kept-link.ts';
import type { LivenessOptions } from './liveness.ts';

export interface MarketStreamsPorts extends KeptLinkPorts, BookSyncPorts {
  readonly log: Log;
  /** A frame that says nothing to us; `known` = expected. */
  onSkipped(event: string, known: boolean): void;
}

export interface MarketStreamsOptions {
  readonly wsPublicUrl: string;
  readonly wsMarketUrl: string;
  readonly connectTimeoutMs: number;
  readonly depthLevels: number;
  readonly liveness?: LivenessOptions;
  readonly maxMessageBytes?: number;
  readonly reconnectMs?: number;
  /** Distinguishes the links when symbols are spread over several. */
  readonly number: number;
}

export type NamedSymbol = readonly [symbol: string, instrument: InstrumentId];

/** `markPrice@1s` comes every second whatever the market does: the one stream whose silence proves a fault. */
const MARK_SILENCE_MS = 10_000;
const MARK_CHECK_MS = 5_000;
const MAX_LOGGED_PROBLEMS = 20;

export class MarketStreams {
  readonly #ports: MarketStreamsPorts;
  readonly #options: MarketStreamsOptions;
  readonly #events: MarketEvents;
  readonly #symbols: readonly NamedSymbol[];
  readonly #books: BookSync;
  readonly #publicLink: KeptLink;
  readonly #marketLink: KeptLink;
  readonly #lastMarkUs = new Map<InstrumentId, number>();
  #markCheck: Timer | undefined;
  #loggedProblems = 0;

  constructor(ports: MarketStreamsPorts, options: MarketStreamsOptions, symbols: readonly NamedSymbol[], events: MarketEvents) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    this.#symbols = symbols;
    this.#books = new BookSync(ports, symbols, {
      onBook: (instrument, book) => this.#bookChanged(instrument, book),
      onSync: (instrument, up, reason) => events.onLink({ name: `book ${instrument}`, up, reason }),
      onSilent: (reason) => this.#publicLink.restart(reason),
    });
    this.#publicLink = this.#link('public', options.wsPublicUrl, ['bookTicker', 'depth@100ms'], {
      onUp: () => this.#books.linkUp(),
      onDown: () => this.#books.linkDown(),
    });
    this.#marketLink = this.#link('market', options.wsMarketUrl, ['aggTrade', 'markPrice@1s'], {
      onUp: () => this.#watchMarks(),
      onDown: () => this.#markCheck?.cancel(),
    });
  }

  start(): void {
    this.#publicLink.start();
    this.#marketLink.start();
  }

  close(): void {
    this.#markCheck?.cancel();
    this.#publicLink.close();
    this.#marketLink.close();
    this.#books.linkDown();
  }

  #link(route: string, base: string, streams: readonly string[], own: { onUp(): void; onDown(): void }): KeptLink {
    const { connectTimeoutMs, liveness, maxMessageBytes, reconnectMs, number } = this.#options;
    const name = `${route}-${number}`;
    const names = this.#symbols.flatMap(([symbol]) => streams.map((stream) => `${symbol.toLowerCase()}@${stream}`));
    return new KeptLink(
      this.#ports,
      {
        ...{ name, url: combinedUrl(base, names), connectTimeoutMs },
        ...(liveness !== undefined && { liveness }),
        ...(maxMessageBytes !== undefined && { maxMessageBytes }),
        ...(reconnectMs !== undefined && { reconnectMs }),
      },
      {
        onUp: () => {
          this.#events.onLink({ name, up: true, reason: 'connected' });
          own.onUp();
        },
        onFrame: (text) => this.#received(text),
        onDown: (reason) => {
          own.onDown();
          this.#events.onLink({ name, up: false, reason });
        },
      },
    );
  }

  #received(text: string): void {
    const frame = readMarketFrame(text);
    if (frame.type === 'parsed') {
      this.#deliver(frame.value);
      return;
    }
    this.#ports.onSkipped('unreadable', false);
    if (this.#loggedProblems++ < MAX_LOGGED_PROBLEMS) this.#ports.log.warn('market-frame-unreadable', { problem: frame.problem });
  }

  #deliver(frame: MarketFrame): void {
    switch (frame.type) {
      case 'ticker':
        this.#events.onTicker(frame.ticker);
        break;
      case 'trade':
        this.#events.onTrade(frame.trade);
        break;
      case 'depth':
        this.#books.onDiff(frame.instrument, frame.diff);
        break;
      case 'mark':
        this.#lastMarkUs.set(frame.mark.instrument, this.#ports.clock.monotonicUs());
        this.#events.onMark(frame.mark);
        break;
      case 'skipped':
        this.#ports.onSkipped(frame.event, frame.event === 'answer' || frame.event === 'coin-margined');
    }
  }

  /** Only changes of the levels that anyone sees are passed on. */
  #bookChanged(instrument: InstrumentId, book: LocalBook): void {
    const { depthLevels } = this.#options;
    const touched = Math.min(book.bids.takeFirstTouched(), book.asks.takeFirstTouched());
    const state = book.state;
    if (touched >= depthLevels || state === undefined) return;
    this.#events.onDepth({
      instrument,
      bids: book.bids.top(depthLevels).map((level) => [level.price, level.qty] as const),
      asks: book.asks.top(depthLevels).map((level) => [level.price, level.qty] as const),
      updateId: String(state.updateId),
      venueTs: state.venueTs,
    });
  }

  #watchMarks(): void {
    const nowUs = this.#ports.clock.monotonicUs();
    for (const [, instrument] of this.#symbols) this.#lastMarkUs.set(instrument, nowUs);
    this.#checkMarksLater();
  }

  #checkMarksLater(): void {
    this.#markCheck?.cancel();
    this.#markCheck = this.#ports.clock.after(MARK_CHECK_MS, () => {
      const limitUs = this.#ports.clock.monotonicUs() - MARK_SILENCE_MS * 1000;
      const silent = this.#symbols.find(([, instrument]) => (this.#lastMarkUs.get(instrument) ?? 0) < limitUs);
      if (silent === undefined) this.#checkMarksLater();
      else this.#marketLink.restart(`mark price of ${silent[0]} is silent for more than ${MARK_SILENCE_MS} ms`);
    });
  }
}

/** Names are part of the address, so a connection that is open is subscribed. `@` stays, non-ASCII symbols are encoded. */
function combinedUrl(base: string, names: readonly string[]): string {
  return `${base.replace(/\/+$/, '')}/stream?streams=${names.map((name) => encodeURI(name)).join('/')}`;
}
