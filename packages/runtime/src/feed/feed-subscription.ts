/**
 * A gapless view of one topic: proves the subscription with a marker, takes a state (snapshot) or the past (durable replay), then
 * delivers every message once and in order. A gap, a new epoch or a lost tail puts it back to syncing; it never guesses.
 */
import { checkMessage, type HeartbeatMessage, type Message, type SnapshotReply } from '@fillwright/messages';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { FeedLink } from './feed-link.ts';
import type { ServiceClient, ServiceReply } from './service-client.ts';

export type FeedState = 'proving' | 'syncing' | 'live' | 'stale' | 'halted';

interface Common {
  readonly topic: string;
  readonly onMessage: (message: Message) => void;
  readonly onState?: (state: FeedState, reason: string) => void;
}

/** State first, then changes: orders for traders, positions, quotes. */
export interface SnapshotFeed extends Common {
  readonly mode: 'snapshot';
  /** Replaces everything known of the topic. */
  readonly onSnapshot: (snapshot: SnapshotReply) => void;
}

/** Every event since a journal position, each once: for those who keep books. */
export interface DurableFeed extends Common {
  readonly mode: 'durable';
  /** Newest position that is stored with what was made of it. */
  readonly lastPos: () => number;
}

export type FeedSubscriptionOptions = SnapshotFeed | DurableFeed;

const HELLO_MS = 1_000;
const SILENCE_US = 3_500_000;
const CHECK_MS = 500;
const CHUNK = 500;
const RETRY_MS = 500;
/** Live messages held while syncing; more begin the sync anew. */
const HOLD_BOUND = 100_000;
const RESYNCS_PER_MINUTE = 3;
const MINUTE_US = 60_000_000;

export class FeedSubscription {
  readonly #ports: { readonly clock: Clock; readonly log: Log; readonly random: Random };
  readonly #link: FeedLink;
  readonly #service: ServiceClient;
  readonly #options: FeedSubscriptionOptions;
  #state: FeedState = 'proving';
  #nonce = '';
  /** Incarnation and number of the newest message accounted for. */
  #epoch = 0;
  #seq = 0;
  #held: Message[] = [];
  #timer: Timer | undefined;
  #watch: Timer | undefined;
  /** When live was lost, within the last minute. */
  #resyncs: number[] = [];
  /** Answers to questions of an earlier sync are ignored. */
  #round = 0;
  #closed = false;
  gaps = 0;
  duplicates = 0;

  constructor(
    ports: { readonly clock: Clock; readonly log: Log; readonly random: Random },
    parts: { readonly link: FeedLink; readonly service: ServiceClient },
    options: FeedSubscriptionOptions,
  ) {
    this.#ports = ports;
    this.#link = parts.link;
    this.#service = parts.service;
    this.#options = options;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Epoch of the publisher; 0 before the first sync. */
  get epoch(): number {
    return this.#epoch;
  }

  get topic(): string {
    return this.#options.topic;
  }

  start(): void {
    this.#link.listen(this.#options.topic, {
      onMessage: (message) => this.#message(message),
      onHeartbeat: (heartbeat, epoch) => this.#heartbeat(heartbeat, epoch),
    });
    this.#prove();
    this.#watchSilence();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#watch?.cancel();
  }

  /** Starts over: the consumer found that it does not understand what it has. */
  resync(reason: string): void {
    if (this.#closed || this.#state === 'halted') return;
    const wasLive = this.#state === 'live' || this.#state === 'stale';
    if (wasLive && this.#tooOften()) {
      this.#halt(`more than ${RESYNCS_PER_MINUTE} resyncs in a minute, the last one: ${reason}`);
      return;
    }
    this.#held = [];
    this.#become('proving', reason);
    this.#prove();
  }

  #prove(): void {
    this.#round += 1;
    const round = this.#round;
    this.#nonce = `${this.#ports.random.below(2 ** 30).toString(36)}${round.toString(36)}`;
    void this.#service.request('service.hello', { topic: this.#options.topic, nonce: this.#nonce }, HELLO_MS);
    this.#again(HELLO_MS, () => {
      if (this.#state === 'proving' && round === this.#round) this.#prove();
    });
  }

  #message(message: Message): void {
    if (this.#closed || this.#state === 'halted' || message.topic !== this.#options.topic) return;
    if (this.#state === 'proving' || this.#state === 'syncing') {
      this.#hold(message);
      if (this.#state === 'proving' && message.type === 'marker' && message.data.nonce === this.#nonce) {
        this.#become('syncing', 'subscription proven');
        this.#sync();
      }
      return;
    }
    this.#live(message);
  }

  #hold(message: Message): void {
    if (this.#held.length < HOLD_BOUND) this.#held.push(message);
    else this.resync(`more than ${HOLD_BOUND} messages while syncing`);
  }

  #live(message: Message): void {
    if (message.epoch < this.#epoch) return;
    if (message.epoch > this.#epoch) {
      this.resync(`publisher restarted: epoch ${message.epoch} after ${this.#epoch}`);
      return;
    }
    if (message.seq <= this.#seq) {
      this.duplicates += 1;
      return;
    }
    if (message.seq !== this.#seq + 1) {
      this.gaps += 1;
      this.resync(`gap: number ${message.seq} after ${this.#seq}`);
      return;
    }
    this.#seq = message.seq;
    this.#deliver(message);
  }

  #deliver(message: Message): void {
    if (message.type === 'marker') return;
    if (this.#options.mode === 'durable' && (message.pos === undefined || message.pos <= this.#options.lastPos())) return;
    this.#options.onMessage(message);
  }

  #heartbeat(heartbeat: HeartbeatMessage, epoch: number): void {
    const last = heartbeat.lastSeqs[this.#options.topic];
    if (last === undefined || (this.#state !== 'live' && this.#state !== 'stale')) return;
    if (epoch > this.#epoch) {
      this.resync(`publisher restarted: epoch ${epoch} after ${this.#epoch}`);
    } else if (epoch === this.#epoch && last > this.#seq) {
      this.gaps += 1;
      this.resync(`lost tail: ${last} were published, ${this.#seq} arrived`);
    } else if (epoch === this.#epoch && this.#state === 'stale') {
      this.#become('live', 'heartbeats are back');
    }
  }

  #sync(): void {
    const round = this.#round;
    if (this.#options.mode === 'snapshot') {
      void this.#service.request('service.snapshot-request', { topic: this.#options.topic }).then((reply) => this.#snapshot(reply, round));
    } else {
      this.#replay(this.#options, round);
    }
  }

  #snapshot(reply: ServiceReply, round: number): void {
    if (!this.#isCurrent(round) || this.#options.mode !== 'snapshot') return;
    if (!reply.ok || reply.message.type !== 'service.snapshot') {
      this.#retry(round, reply.ok ? 'not a snapshot' : `${reply.code}: ${reply.text}`);
      return;
    }
    const snapshot = reply.message.data;
    if (this.#held.some((message) => message.epoch > snapshot.epoch)) {
      this.resync('the publisher restarted while its snapshot was on its way');
      return;
    }
    this.#epoch = snapshot.epoch;
    this.#seq = snapshot.seq;
    this.#options.onSnapshot(snapshot);
    this.#goLive(`snapshot at ${snapshot.seq}`);
  }

  /** Asks on until nothing newer exists; each chunk is asked for only when the one before was taken in. */
  #replay(options: DurableFeed, round: number): void {
    const fromPos = options.lastPos() + 1;
    void this.#service.request('service.replay-request', { topic: options.topic, fromPos, limit: CHUNK }, 5_000).then((reply) => {
      if (!this.#isCurrent(round)) return;
      if (!reply.ok || reply.message.type !== 'service.replay') {
        if (!reply.ok && reply.reason === 'error' && reply.code !== 'BUS_TOO_MANY') this.#halt(`${reply.code}: ${reply.text}`);
        else this.#retry(round, reply.ok ? 'not a replay' : `${reply.code}: ${reply.text}`);
        return;
      }
      const { messages, complete, tooOld } = reply.message.data;
      if (tooOld) {
        this.#halt(`BUS_TOO_OLD: the journal no longer holds position ${fromPos}`);
        return;
      }
      for (const raw of messages) {
        const checked = checkMessage(raw);
        if (!checked.ok) {
          this.#halt(`BUS_REPLAY_UNREADABLE: ${checked.code}: ${checked.detail}`);
          return;
        }
        if (checked.message.pos !== undefined && checked.message.pos > options.lastPos()) options.onMessage(checked.message);
      }
      if (!complete && messages.length === 0) this.#retry(round, 'an empty chunk that is not the last');
      else if (!complete) this.#replay(options, round);
      else this.#replayed();
    });
  }

  /** Everything from the marker on was held; numbering goes on from there. */
  #replayed(): void {
    const [first] = this.#held;
    if (!first) {
      this.resync('nothing was held since the marker');
      return;
    }
    const newest = this.#held.reduce((epoch, message) => Math.max(epoch, message.epoch), 0);
    const current = this.#held.filter((message) => message.epoch === newest);
    this.#epoch = newest;
    this.#seq = (current[0]?.seq ?? 1) - 1;
    this.#goLive('replay complete');
  }

  #goLive(reason: string): void {
    const held = this.#held;
    this.#held = [];
    this.#timer?.cancel();
    this.#become('live', reason);
    for (const message of held) {
      if (this.#state !== 'live') return;
      this.#live(message);
    }
  }

  #retry(round: number, reason: string): void {
    this.#ports.log.warn('feed-sync-failed', { topic: this.#options.topic, reason });
    this.#again(RETRY_MS, () => {
      if (this.#isCurrent(round)) this.resync(reason);
    });
  }

  #isCurrent(round: number): boolean {
    return !this.#closed && this.#state === 'syncing' && round === this.#round;
  }

  #again(delayMs: number, work: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(delayMs, () => {
      if (!this.#closed) work();
    });
  }

  #watchSilence(): void {
    this.#watch = this.#ports.clock.after(CHECK_MS, () => {
      if (this.#closed) return;
      this.#watchSilence();
      const age = this.#link.heartbeatAgeUs;
      if (this.#state === 'live' && age !== undefined && age > SILENCE_US)
        this.#become('stale', `no heartbeat for ${Math.round(age / 1000)} ms`);
    });
  }

  #tooOften(): boolean {
    const now = this.#ports.clock.monotonicUs();
    this.#resyncs = [...this.#resyncs.filter((at) => now - at < MINUTE_US), now];
    return this.#resyncs.length > RESYNCS_PER_MINUTE;
  }

  #halt(reason: string): void {
    this.#timer?.cancel();
    this.#held = [];
    this.#ports.log.error('feed-halted', { code: 'BUS_FEED_HALTED', topic: this.#options.topic, reason });
    this.#become('halted', reason);
  }

  #become(state: FeedState, reason: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#ports.log.info('feed-state', { topic: this.#options.topic, state, reason });
    this.#options.onState?.(state, reason);
  }
}
