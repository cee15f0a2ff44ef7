/**
 * Keeps the local books of one connection in sync: a snapshot for each book when the connection comes up and after each gap, one
 * request at a time; and a probe of the quietest book, because a stream may be silent while the venue's book moves.
 */
import type { InstrumentId } from '@fillwright/domain';
import type { Clock, Random, Timer } from '@fillwright/runtime/ports';
import { type DepthDiff, type DepthSnapshot, LocalBook } from '../common/local-book.ts';
import type { Parsed } from '../common/parsed.ts';
import { Backoff } from '../recovery/backoff.ts';

export interface BookSyncPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Never rejects. `limit` is one the venue knows. */
  fetchSnapshot(symbol: string, limit: number): Promise<Parsed<DepthSnapshot>>;
}

export interface BookSyncEvents {
  /** In sync, and changed since the last call. */
  onBook(instrument: InstrumentId, book: LocalBook): void;
  /** A book came into sync or fell out of it. */
  onSync(instrument: InstrumentId, inSync: boolean, reason: string): void;
  /** The venue's book moved on and the stream did not say so. */
  onSilent(reason: string): void;
}

interface Entry {
  readonly symbol: string;
  readonly instrument: InstrumentId;
  readonly book: LocalBook;
  lastDiffUs: number;
}

/** The deepest the venue gives (weight 20): levels outside the snapshot stay unknown until they change. */
const SNAPSHOT_LIMIT = 1_000;
/** The cheapest (weight 2). */
const PROBE_LIMIT = 5;
const QUIET_MS = 30_000;
/** Events that were under way when the probe was answered. */
const GRACE_MS = 2_000;

export class BookSync {
  readonly #ports: BookSyncPorts;
  readonly #events: BookSyncEvents;
  readonly #entries = new Map<InstrumentId, Entry>();
  readonly #backoff: Backoff;
  #queue: Entry[] = [];
  #isFetching = false;
  #isUp = false;
  /** Counts connections: an answer asked for under an older one is not used. */
  #generation = 0;
  #retry: Timer | undefined;
  #probe: Timer | undefined;

  constructor(ports: BookSyncPorts, symbols: readonly (readonly [symbol: string, instrument: InstrumentId])[], events: BookSyncEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#backoff = new Backoff(ports.random, 500, 10_000);
    for (const [symbol, instrument] of symbols) this.#entries.set(instrument, { symbol, instrument, book: new LocalBook(), lastDiffUs: 0 });
  }

  linkUp(): void {
    this.#isUp = true;
    this.#generation++;
    this.#queue = [...this.#entries.values()];
    for (const entry of this.#queue) {
      entry.book.reset();
      entry.lastDiffUs = this.#ports.clock.monotonicUs();
    }
    this.#pump();
    this.#probeLater();
  }

  linkDown(): void {
    this.#isUp = false;
    this.#generation++;
    this.#queue = [];
    this.#retry?.cancel();
    this.#probe?.cancel();
    for (const entry of this.#entries.values()) entry.book.reset();
  }

  onDiff(instrument: InstrumentId, diff: DepthDiff): void {
    const entry = this.#entries.get(instrument);
    if (entry === undefined || !this.#isUp) return;
    entry.lastDiffUs = this.#ports.clock.monotonicUs();
    const result = entry.book.onDiff(diff);
    if (result === 'applied') this.#events.onBook(instrument, entry.book);
    if (result !== 'gap') return;
    this.#events.onSync(instrument, false, 'an event is missing');
    this.#want(entry);
  }

  #want(entry: Entry): void {
    if (!this.#queue.includes(entry)) this.#queue.push(entry);
    this.#pump();
  }

  #pump(): void {
    const entry = this.#queue[0];
    if (entry === undefined || this.#isFetching || !this.#isUp) return;
    this.#isFetching = true;
    const generation = this.#generation;
    void this.#ports.fetchSnapshot(entry.symbol, SNAPSHOT_LIMIT).then((snapshot) => {
      this.#isFetching = false;
      if (generation === this.#generation) this.#fetched(entry, snapshot);
      else this.#pump();
    });
  }

  #fetched(entry: Entry, snapshot: Parsed<DepthSnapshot>): void {
    this.#queue = this.#queue.filter((other) => other !== entry);
    if (snapshot.type === 'parsed' && entry.book.onSnapshot(snapshot.value)) {
      this.#backoff.reset();
      this.#events.onSync(entry.instrument, true, 'snapshot joined');
      this.#events.onBook(entry.instrument, entry.book);
      this.#pump();
      return;
    }
    // Behind the others, after a wait: a snapshot that is too old needs the venue's time, a failed one its mercy.
    this.#queue.push(entry);
    this.#retry?.cancel();
    this.#retry = this.#ports.clock.after(this.#backoff.nextMs(), () => this.#pump());
  }

  #probeLater(): void {
    this.#probe?.cancel();
    this.#probe = this.#ports.clock.after(QUIET_MS, () => {
      this.#probeQuietest();
      this.#probeLater();
    });
  }

  #probeQuietest(): void {
    const limitUs = this.#ports.clock.monotonicUs() - QUIET_MS * 1000;
    const quiet = [...this.#entries.values()].filter((entry) => entry.book.inSync && entry.lastDiffUs <= limitUs);
    const [entry] = quiet.sort((a, b) => a.lastDiffUs - b.lastDiffUs);
    if (entry === undefined) return;
    // The next round looks at another one.
    entry.lastDiffUs = this.#ports.clock.monotonicUs();
    const generation = this.#generation;
    void this.#ports.fetchSnapshot(entry.symbol, PROBE_LIMIT).then((snapshot) => {
      if (snapshot.type === 'malformed' || generation !== this.#generation) return;
      this.#ports.clock.after(GRACE_MS, () => {
        if (generation === this.#generation) this.#judge(entry, snapshot.value.lastUpdateId);
      });
    });
  }

  #judge(entry: Entry, venueUpdateId: number): void {
    const ownUpdateId = entry.book.state?.updateId;
    if (ownUpdateId === undefined || ownUpdateId >= venueUpdateId) return;
    this.#events.onSilent(`depth of ${entry.symbol} is silent while the venue's book moved from ${ownUpdateId} to ${venueUpdateId}`);
  }
}
