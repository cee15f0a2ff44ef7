/**
 * Until when the exchange wants to hear nothing from this address: as it told us, or one of the engines. All of them hear of it from here,
 * again every few seconds while it lasts, so that one that starts meanwhile knows it before it asks for the second time.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Message, VenueEventMessage } from '@fillwright/messages';
import { BanFile, type Clock, type Disk, type Log, type Timer } from '@fillwright/runtime';

const REPEAT_MS = 5_000;
/** The end of a ban is stated by clocks of two kinds: less than this apart it is the same. */
const SAME_US = 1_000_000;

export interface BanWatchParts {
  readonly publish: (event: VenueEventMessage) => void;
  /** The adapter is told of what others heard. */
  readonly keepQuiet: (untilTs: UsTime) => void;
}

export class BanWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: BanWatchParts;
  readonly #file: BanFile;
  #untilTs: UsTime = usTime(0);
  #text = '';
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(ports: { readonly clock: Clock; readonly log: Log; readonly disk: Disk }, parts: BanWatchParts) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#parts = parts;
    this.#file = new BanFile(ports);
  }

  /** A ban from before a restart is still one. */
  start(): void {
    const untilTs = this.#file.read();
    if (untilTs === undefined) return;
    this.#log.warn('venue-ban-remembered', { untilTs });
    this.#parts.keepQuiet(untilTs);
    this.#take(untilTs, 'told before a restart');
  }

  /** By the exchange, in an answer to us. */
  told(untilTs: UsTime, text: string): void {
    this.#log.error('venue-ban', { code: 'MKT_VENUE_BAN', untilTs, text });
    this.#take(untilTs, text);
  }

  /** From an engine: its word on a ban, or its state while one lasts. */
  heard(message: Message): void {
    const untilTs = banIn(message);
    if (untilTs === undefined || untilTs <= this.#untilTs + SAME_US || untilTs <= this.#clock.wallUs()) return;
    this.#log.warn('venue-ban-heard', { from: message.src, untilTs });
    this.#parts.keepQuiet(untilTs);
    this.#take(untilTs, `${message.src} was told so`);
  }

  /** Undefined when the exchange may be asked. */
  get reason(): string | undefined {
    return this.#untilTs > this.#clock.wallUs() ? 'the exchange has banned this address for now' : undefined;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #take(untilTs: UsTime, text: string): void {
    if (untilTs <= this.#untilTs || this.#isStopped) return;
    this.#untilTs = untilTs;
    this.#text = text;
    this.#file.write(untilTs);
    this.#say();
  }

  #say(): void {
    this.#timer?.cancel();
    if (this.reason === undefined) return;
    this.#parts.publish({ event: 'ban', untilTs: this.#untilTs, text: this.#text });
    this.#timer = this.#clock.after(REPEAT_MS, () => this.#say());
  }
}

function banIn({ type, data }: Message): UsTime | undefined {
  if (type === 'engine.state') return data.quietUntilTs;
  return type === 'venue.event' && data.event === 'ban' ? data.untilTs : undefined;
}
