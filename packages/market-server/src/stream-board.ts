/** Which streams are up and which books are in sync, as the adapter told it; why the server is not ready because of them. */
import type { InstrumentId } from '@fillwright/domain';
import type { Log } from '@fillwright/runtime';

/** The adapter's name for the book of one instrument; every other name is a connection. */
const BOOK = 'book ';

interface Stream {
  isUp: boolean;
  reason: string;
  /** Attempts in a row that failed. */
  failures: number;
}

export interface StreamChange {
  readonly name: string;
  readonly up: boolean;
  readonly reason: string;
}

export class StreamBoard {
  readonly #log: Log;
  readonly #alarmAfter: number;
  /** By the adapter's names: a few connections, one book per symbol. */
  readonly #streams = new Map<string, Stream>();
  readonly #books = new Map<string, boolean>();

  /** `alarmAfter`: failed attempts of one connection that make it an error. */
  constructor(log: Log, alarmAfter: number) {
    this.#log = log;
    this.#alarmAfter = alarmAfter;
  }

  /** The connection that changed; undefined when nothing did, or when it was a book. */
  change(link: StreamChange): StreamChange | undefined {
    if (link.name.startsWith(BOOK)) {
      this.#books.set(link.name.slice(BOOK.length), link.up);
      this.#log.debug('book-sync', { book: link.name.slice(BOOK.length), inSync: link.up, reason: link.reason });
      return undefined;
    }
    const stream = this.#streams.get(link.name);
    const failures = link.up ? 0 : (stream?.failures ?? 0) + 1;
    this.#streams.set(link.name, { isUp: link.up, reason: link.reason, failures });
    if (failures === this.#alarmAfter)
      this.#log.error('stream-stays-down', { code: 'MKT_STREAM_DOWN', stream: link.name, failures, reason: link.reason });
    if (stream?.isUp === link.up) return undefined;
    if (link.up) this.#log.info('stream-up', { stream: link.name });
    else this.#log.warn('stream-down', { stream: link.name, reason: link.reason });
    return link;
  }

  /** Undefined before the adapter said anything about this book. */
  isBookInSync(instrument: InstrumentId): boolean {
    return this.#books.get(instrument) ?? false;
  }

  /** Empty when all connections are up. */
  reasons(): readonly string[] {
    if (this.#streams.size === 0) return ['no stream of the exchange is open yet'];
    return [...this.#streams]
      .filter(([, { isUp }]) => !isUp)
      .map(([name, { reason, failures }]) => `stream ${name} is down (${reason}); it is tried again, ${failures} failed so far`);
  }
}
