/**
 * How we stand with the venue's limits: the room that is left, and until when it wants to hear nothing. A ban that the venue told us is told
 * to all that share the address; one that others were told is obeyed here.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { EngineStateMessage, Message, VenueEventMessage } from '@fillwright/messages';
import { BanFile, type Clock, type Disk, type Gauge, type Log, type Metrics } from '@fillwright/runtime';
import type { ExecutionAdapter } from '@fillwright/venue';

type Rates = Pick<EngineStateMessage, 'rates' | 'quietUntilTs'>;

export interface VenueStandingParts {
  readonly publish: (event: VenueEventMessage) => void;
  /** Orders and changes that were written to the venue since then, by this process or one before it. */
  readonly sentLately: (sinceTs: UsTime) => readonly UsTime[];
}

/** The venue's longest window of orders. */
const WINDOW_US = 60_000_000;

export class VenueStanding {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #adapter: ExecutionAdapter;
  readonly #parts: VenueStandingParts;
  readonly #left: Gauge;
  readonly #file: BanFile;
  /** The end of the ban that everybody knows of: told by us, or heard. */
  #knownUntilTs = 0;

  constructor(
    ports: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics; readonly disk: Disk },
    adapter: ExecutionAdapter,
    parts: VenueStandingParts,
  ) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#adapter = adapter;
    this.#parts = parts;
    this.#file = new BanFile(ports);
    this.#left = ports.metrics.gauge('fillwright_venue_rate_left', 'Room that is left to us in a rate limit', 'pool');
  }

  /** A ban from before a restart is still one. */
  start(): void {
    const untilTs = this.#file.read();
    if (untilTs === undefined) return;
    this.#knownUntilTs = untilTs;
    this.#log.warn('venue-ban-remembered', { untilTs });
    this.#adapter.keepQuiet?.(untilTs);
  }

  /** The venue's time is known: orders that were sent before a restart may still count. */
  prepared(): void {
    const nowUs = this.#clock.wallUs();
    this.#adapter.rates?.recall(this.#parts.sentLately(usTime(nowUs - WINDOW_US)).map((ts) => Math.max(0, nowUs - ts)));
  }

  /** Bans that another process of this address was told. */
  heard(message: Message): void {
    if (message.type !== 'venue.event' || message.data.event !== 'ban' || message.data.untilTs === undefined) return;
    const { untilTs, text } = message.data;
    if (untilTs <= this.#known() || untilTs <= this.#clock.wallUs()) return;
    this.#learn(untilTs);
    this.#log.warn('venue-ban-heard', { from: message.src, untilTs, text });
    this.#adapter.keepQuiet?.(untilTs);
  }

  /** Once a second, and when a request was refused: a ban that is new is told on. */
  look(): void {
    const untilTs = this.#adapter.quietUntilTs;
    if (untilTs !== undefined && untilTs > this.#known()) {
      this.#learn(untilTs);
      this.#parts.publish({ event: 'ban', untilTs, text: 'the venue wants to hear nothing from this address before then' });
    }
    for (const { pool, left } of this.#adapter.rates?.room() ?? []) this.#left.set(left, pool);
  }

  /** As `engine.state` and health carry it. */
  get rates(): Rates {
    const untilTs = this.#adapter.quietUntilTs;
    const room = this.#adapter.rates?.room();
    return {
      ...(room && { rates: room.map(({ pool, quota, left, resetUs }) => ({ pool, quota, left, resetTs: usTime(resetUs) })) }),
      ...(untilTs !== undefined && { quietUntilTs: untilTs }),
    };
  }

  #learn(untilTs: UsTime): void {
    this.#knownUntilTs = untilTs;
    this.#file.write(untilTs);
  }

  /** The end of a ban is stated by clocks of two kinds: less than this apart it is the same. */
  #known(): UsTime {
    return usTime(this.#knownUntilTs + SAME_US);
  }
}

const SAME_US = 1_000_000;
