/**
 * Listens for signs of life of those who have orders here. Who sends neither heartbeat nor command for too long is dead: its orders are
 * kept, cancelled, or cancelled and its holdings closed, as it was told; why is journaled. Nobody else's orders are touched.
 */
import type { Order } from '@fillwright/domain';
import type { Message, SilencePolicy } from '@fillwright/messages';
import type { Metrics } from '@fillwright/runtime';
import type { EngineContext } from '../context.ts';
import type { FlattenDesk } from '../order/flatten-desk.ts';
import { EXTERNAL } from '../order/report-desk.ts';
import type { WatchOptions } from './watch-options.ts';

/** Names heard that are remembered; the one heard first goes first. There are never so many traders. */
const NAMES = 1_000;
/** Cancels of a dead trader have so long to end before what it holds is closed all the same. */
const CANCELS_US = 5_000_000;
/** Between two tries to close what is left; it doubles. */
const REDUCE_AGAIN_US = 2_000_000;
const REDUCE_AGAIN_MAX_US = 60_000_000;
/** Whoever did not look for so long was stuck itself, and has not read yet what the others said meanwhile. */
const OWN_PAUSE_US = 2_500_000;

/** Between why the mode is set and what we have to add. */
const SEPARATOR = ' · ';

export interface SilentTrader {
  /** Its PROCESS_NAME. */
  readonly src: string;
  readonly tag: string;
  readonly policy: SilencePolicy;
  /** Heard last, or since when it was waited for. */
  readonly sinceUs: number;
}

interface Silence extends SilentTrader {
  readonly foundUs: number;
  reduceUs: number;
  rounds: number;
}

export interface TraderWatchParts {
  /** Starts a cancel for every live order that is meant. */
  readonly cancelOwned: (which: (order: Order) => boolean, commandId: string) => number;
  /** Closes what this owner's fills built up. */
  readonly flatten: Pick<FlattenDesk, 'reduce' | 'isReducing'>;
}

export class TraderWatch {
  readonly #context: Pick<EngineContext, 'book' | 'clock' | 'epoch' | 'log' | 'options' | 'records'>;
  readonly #parts: TraderWatchParts;
  readonly #options: WatchOptions;
  readonly #heard = new Map<string, number>();
  readonly #silent = new Map<string, Silence>();
  readonly #gauge;
  #baseUs: number;
  #lookedUs: number;

  constructor(
    context: Pick<EngineContext, 'book' | 'clock' | 'epoch' | 'log' | 'options' | 'records'>,
    parts: TraderWatchParts,
    options: WatchOptions,
    metrics: Metrics,
  ) {
    this.#context = context;
    this.#parts = parts;
    this.#options = options;
    this.#gauge = metrics.gauge('fillwright_engine_silent_traders', 'Traders with open orders that are not heard any more');
    this.#baseUs = context.clock.monotonicUs();
    this.#lookedUs = this.#baseUs;
  }

  /** By tag; empty when all live. */
  get silent(): readonly SilentTrader[] {
    return [...this.#silent.values()];
  }

  /** A heartbeat or a command: its sender lives. */
  heard({ src, type }: Pick<Message, 'src' | 'type'>): void {
    if (type !== 'heartbeat' && !type.startsWith('command.')) return;
    if (this.#heard.size >= NAMES && !this.#heard.has(src)) {
      const [oldest] = this.#heard.keys();
      if (oldest !== undefined) this.#heard.delete(oldest);
    }
    this.#heard.set(src, this.#context.clock.monotonicUs());
  }

  /** Once a second. */
  look(): void {
    const nowUs = this.#context.clock.monotonicUs();
    if (nowUs - this.#lookedUs > OWN_PAUSE_US) this.#baseUs = nowUs;
    this.#lookedUs = nowUs;
    if (this.#options.traderSilenceMs === 0) return;
    const orders = this.#ordersByTag();
    for (const [tag, { src }] of this.#silent) if (!this.#isSilent(src, nowUs)) this.#alive(tag, src);
    for (const [tag, own] of orders) this.#lookAt(tag, own, nowUs);
    for (const silence of this.#silent.values())
      if (silence.policy === 'cancel-and-reduce') this.#reduce(silence, (orders.get(silence.tag) ?? []).length, nowUs);
    this.#gauge.set(this.#silent.size);
  }

  /** Live orders of each trader that has some, and none for those who only hold something that is to be closed when they die. */
  #ordersByTag(): ReadonlyMap<string, readonly Order[]> {
    const { book, options } = this.#context;
    const orders = new Map<string, Order[]>();
    for (const tag of book.holdings.tags()) if (this.#policyOf(tag) === 'cancel-and-reduce') orders.set(tag, []);
    for (const order of book.liveOrders()) {
      if (order.owner === EXTERNAL || book.ownerOf(order.owner) === options.processName) continue;
      const same = orders.get(order.owner);
      if (same) same.push(order);
      else orders.set(order.owner, [order]);
    }
    return orders;
  }

  #policyOf(tag: string): SilencePolicy {
    return this.#options.traderPolicies.get(tag) ?? this.#options.traderPolicy;
  }

  #isSilent(src: string, nowUs: number): boolean {
    return nowUs - this.#sinceUs(src) > this.#options.traderSilenceMs * 1000;
  }

  #sinceUs(src: string): number {
    return Math.max(this.#baseUs, this.#heard.get(src) ?? 0);
  }

  #lookAt(tag: string, own: readonly Order[], nowUs: number): void {
    const src = this.#context.book.ownerOf(tag) ?? tag;
    if (!this.#isSilent(src, nowUs)) return;
    if (!this.#silent.has(tag)) this.#fellSilent({ src, tag, policy: this.#policyOf(tag), sinceUs: this.#sinceUs(src) }, own.length, nowUs);
    if (this.#policyOf(tag) === 'keep') return;
    // Also those that were on their way when it fell silent, and those whose cancel the venue refused.
    if (own.some((order) => order.state !== 'closed' && order.request?.type !== 'cancel'))
      this.#parts.cancelOwned((order) => order.owner === tag, this.#commandId(tag));
  }

  #fellSilent(trader: SilentTrader, orders: number, nowUs: number): void {
    const { src, tag, policy, sinceUs } = trader;
    const silentMs = Math.round((nowUs - sinceUs) / 1000);
    this.#silent.set(tag, { ...trader, foundUs: nowUs, reduceUs: nowUs, rounds: 0 });
    this.#context.log.error('trader-silent', { code: 'ENG_TRADER_SILENT', trader: src, owner: tag, silentMs, policy, orders });
    this.#journal(`trader ${src} (${tag}) was not heard for ${silentMs} ms: ${policy}, ${orders} open orders`);
  }

  /** When its orders have ended, and again while something is left: a fill may cross its cancel, and a gate may be shut. */
  #reduce(silence: Silence, orders: number, nowUs: number): void {
    const { tag, src } = silence;
    const { flatten } = this.#parts;
    const waits = orders > 0 && nowUs - silence.foundUs < CANCELS_US;
    if (waits || nowUs < silence.reduceUs || flatten.isReducing(tag)) return;
    if (this.#context.book.holdings.of(tag).length === 0) return;
    silence.reduceUs = nowUs + Math.min(REDUCE_AGAIN_MAX_US, REDUCE_AGAIN_US * 2 ** Math.min(silence.rounds, 10));
    silence.rounds += 1;
    const { orders: sent, denials } = flatten.reduce(tag);
    if (sent === 0 && denials.length === 0) return;
    const not = denials.length === 0 ? '' : `; not sent: ${denials.join(', ')}`;
    this.#journal(`trader ${src} (${tag}): ${sent} reduce-only orders sent${not}`);
  }

  #alive(tag: string, src: string): void {
    this.#silent.delete(tag);
    this.#context.log.info('trader-heard-again', { trader: src, owner: tag });
  }

  /** The mode stays as it is, and so does why. */
  #journal(why: string): void {
    const { book, records } = this.#context;
    const [set = ''] = book.modeReason.split(SEPARATOR);
    records.mode(book.mode, 'trader watch', (book.mode === 'normal' ? why : `${set}${SEPARATOR}${why}`).slice(0, 500));
  }

  #commandId(tag: string): string {
    const { book, epoch } = this.#context;
    return `dead${tag}${epoch.toString(36)}-${book.lastPos}`;
  }
}
