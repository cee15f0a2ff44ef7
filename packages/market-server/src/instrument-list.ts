/**
 * The venue's instruments as it last told them: asked for until answered, then every few minutes. An instrument is told on when it is
 * new or changed; one that the venue no longer lists stays, as not trading.
 */
import type { Instrument } from '@fillwright/domain';
import { type InstrumentMessage, instrumentMessage } from '@fillwright/messages';
import { AppError, type Clock, type Log, nearestName, type Timer } from '@fillwright/runtime';
import type { MarketAdapter } from '@fillwright/venue';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** Filters change a few times a month; a whole list is a megabyte and weighs nothing in the rate limit. */
const REFRESH_MS = 300_000;

export interface InstrumentListEvents {
  /** New, or not as before. In the order of the venue's list. */
  onInstrument(instrument: InstrumentMessage): void;
  /** After the first whole list, once. */
  onFirstList(): void;
}

export class InstrumentList {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #adapter: MarketAdapter;
  readonly #events: InstrumentListEvents;
  /** By id; as many as the venue ever listed. */
  readonly #known = new Map<string, { readonly message: InstrumentMessage; readonly text: string }>();
  #failure: string | undefined = 'the exchange has not told its instruments yet';
  #retryMs = FIRST_RETRY_MS;
  #timer: Timer | undefined;
  #isLoaded = false;
  #isStopped = false;

  constructor(ports: { readonly clock: Clock; readonly log: Log }, adapter: MarketAdapter, events: InstrumentListEvents) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#adapter = adapter;
    this.#events = events;
  }

  /** Why there is no list yet; undefined once there is one. */
  get missing(): string | undefined {
    return this.#isLoaded ? undefined : this.#failure;
  }

  /** In the order of the venue's list. */
  all(): readonly InstrumentMessage[] {
    return [...this.#known.values()].map(({ message }) => message);
  }

  bySymbol(symbol: string): InstrumentMessage | undefined {
    return this.all().find((message) => message.symbol === symbol);
  }

  /** Settles after the first answer, whatever it was. */
  async start(): Promise<void> {
    await this.#load();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #load(): Promise<void> {
    const answer = await this.#adapter.instruments();
    if (this.#isStopped) return;
    if (answer.type === 'failed') {
      const { code, text } = answer.reason;
      this.#failure = `the exchange does not tell its instruments: ${text}`;
      this.#log.warn('instruments-failed', { code: 'MKT_INSTRUMENTS_FAILED', reason: code, text, nextMs: this.#retryMs });
      this.#again(this.#retryMs);
      this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    this.#again(REFRESH_MS);
    this.#take(answer.value);
  }

  #again(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => void this.#load());
  }

  #take(instruments: readonly Instrument[]): void {
    const listed = new Set<string>();
    for (const instrument of instruments) {
      listed.add(instrument.id);
      this.#update(instrumentMessage(instrument));
    }
    for (const { message } of [...this.#known.values()]) if (!listed.has(message.id)) this.#update({ ...message, trading: false });
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    this.#log.info('instruments-loaded', { instruments: this.#known.size });
    this.#events.onFirstList();
  }

  #update(message: InstrumentMessage): void {
    const text = JSON.stringify(message);
    const before = this.#known.get(message.id);
    if (before?.text === text) return;
    this.#known.set(message.id, { message, text });
    if (before?.message.trading && !message.trading) this.#log.warn('instrument-not-trading', { instrument: message.id });
    this.#events.onInstrument(message);
  }
}

/** The configured symbols' instruments. @throws AppError `CFG_UNKNOWN_SYMBOL` naming all that do not exist, and what was meant. */
export function configuredInstruments(list: InstrumentList, symbols: readonly string[]): readonly InstrumentMessage[] {
  const unknown = symbols.filter((symbol) => list.bySymbol(symbol) === undefined);
  if (unknown.length > 0) {
    const names = list.all().map(({ symbol }) => symbol);
    const told = unknown.map((symbol) => {
      const nearest = nearestName(symbol, names);
      return nearest === undefined ? symbol : `${symbol} (did you mean ${nearest}?)`;
    });
    throw new AppError('CFG_UNKNOWN_SYMBOL', `[MARKET] SYMBOLS: the exchange has no ${told.join(', ')}; correct the list and start again`, {
      details: { unknown },
    });
  }
  return symbols.map((symbol) => list.bySymbol(symbol) as InstrumentMessage);
}
