/**
 * One topic of one publisher as its consumer sees it: proves the subscription, catches up, goes live, notices every loss and mends it.
 * Guarantees: messages come in order, each once, and in state `live` none is missing.
 *
 * Any message of the topic proves the subscription, a marker is merely one that can be asked for: what follows it on the same connection
 * arrives or leaves a visible hole.
 */
import { checkMessage, type Message, type MessageOf } from '@fillwright/messages';
import type { Clock, Timer } from '../ports/clock.ts';
import { FeedCounters } from './_feed-counters.ts';
import { itemFrom } from './_feed-item.ts';
import { type FeedItem, HeldMessages } from './_held-messages.ts';
import type { FeedHaltReason, FeedOptions, FeedState, FeedStatistics } from './feed-options.ts';
import { answerOf, type ServiceClient, type ServiceResult } from './service-client.ts';

/** What a subscription needs of the link it belongs to. */
export interface FeedHost {
  readonly clock: Clock;
  readonly service: ServiceClient | undefined;
  nextNonce(): string;
  heartbeatAgeMs(): number | undefined;
  forget(subscription: FeedSubscription): void;
}

/** Soon at first, since at the start the service socket is rarely connected in the same instant; then once a second. */
const FIRST_HELLO_RETRY_MS = 100;
const HELLO_RETRY_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;
const SYNC_RETRY_MS = 1000;
const REPLAY_CHUNK = 500;
const DEFAULT_HOLD_BOUND = 10_000;
/** A reader that loses messages this often in a minute will not get better by itself. */
const MAX_LOSSES = 3;
const LOSS_WINDOW_US = 60_000_000;

export class FeedSubscription {
  readonly topic: string;
  readonly #options: FeedOptions;
  readonly #host: FeedHost;
  readonly #held: HeldMessages;
  readonly #counters = new FeedCounters();
  #state: FeedState = 'unproven';
  #closed = false;
  #epoch = 0;
  /** Everything up to this sequence number of `#epoch` was delivered or is contained in a snapshot, if `#hasBase`. */
  #applied = 0;
  #hasBase = false;
  #lastPos: number;
  #nextPos: number;
  /** Something was lost out of `#held` after the open question was asked: its answer does not reach far enough. */
  #isAnswerShort = false;
  /** Answers to any but the newest question are ignored. */
  #question = 0;
  #timer: Timer | undefined;
  #losses: number[] = [];
  #helloRetryMs = FIRST_HELLO_RETRY_MS;

  constructor(options: FeedOptions, host: FeedHost) {
    this.topic = options.topic;
    this.#options = options;
    this.#host = host;
    this.#held = new HeldMessages(options.holdBound ?? DEFAULT_HOLD_BOUND);
    this.#nextPos = options.mode.type === 'durable' ? options.mode.fromPos : 1;
    this.#lastPos = this.#nextPos - 1;
  }

  get state(): FeedState {
    return this.#state;
  }

  get statistics(): FeedStatistics {
    const { topic } = this;
    const own = { topic, state: this.#state, epoch: this.#epoch, lastSeq: this.#applied, lastPos: this.#lastPos, held: this.#held.size };
    return { ...this.#counters.all(), ...own, heartbeatAgeMs: this.#host.heartbeatAgeMs() };
  }

  /** Begins; called by the link. */
  start(): void {
    if (this.#state === 'unproven') this.#prove('started');
  }

  /** An operator's decision after a halt: begin again from where it stands. */
  resume(): void {
    if (this.#state !== 'halted' || this.#closed) return;
    this.#losses = [];
    this.#prove('resumed');
  }

  /** No callback runs afterwards; idempotent. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#question += 1;
    this.#host.forget(this);
  }

  /** A message of this topic, whether understood or not; called by the link. */
  take(item: FeedItem): void {
    if (this.#isOver()) return;
    if (item.epoch < this.#epoch) {
      this.#counters.outdated += 1;
      return;
    }
    if (item.epoch > this.#epoch) this.#enterEpoch(item.epoch);
    if (this.#options.mode.type === 'latest') this.#takeLatest(item);
    else if (this.#state === 'live') this.#takeLive(item);
    else this.#takeEarly(item);
  }

  /** A heartbeat of the publisher; called by the link. */
  hear(epoch: number, lastSeq: number): void {
    if (this.#isOver() || epoch < this.#epoch) return;
    if (epoch > this.#epoch) {
      this.#enterEpoch(epoch);
      if (this.#options.mode.type !== 'latest' || this.#host.service !== undefined) this.#prove('new epoch');
    }
    if (this.#options.mode.type === 'latest') this.#hearLatest(lastSeq);
    else if (this.#state === 'live' && lastSeq > this.#applied) {
      this.#counters.lostTails += 1;
      this.#counters.missed += lastSeq - this.#applied;
      if (this.#noteLoss('the newest messages')) this.#prove('lost tail');
    } else if (this.#state === 'stale') {
      if (this.#hasBase && lastSeq === this.#applied) this.#goLive('heard again, nothing lost');
      else {
        if (this.#hasBase) this.#counters.gap(lastSeq - this.#applied);
        this.#prove('heard again');
      }
    }
  }

  /** The publisher was not heard for too long; called by the link. */
  silence(): void {
    if (this.#isOver() || this.#state === 'stale') return;
    this.#held.release();
    this.#question += 1;
    this.#setState('stale', 'no heartbeat');
    this.#helloLater();
  }

  #takeLatest(item: FeedItem): void {
    if (this.#hasBase && item.seq <= this.#applied) {
      this.#counters.duplicates += 1;
      return;
    }
    if (this.#hasBase && item.seq > this.#applied + 1) this.#counters.gap(item.seq - this.#applied - 1);
    this.#hasBase = true;
    this.#setState('live', 'heard');
    this.#apply(item);
  }

  #hearLatest(lastSeq: number): void {
    if (this.#hasBase && lastSeq > this.#applied) {
      this.#counters.lostTails += 1;
      this.#counters.missed += lastSeq - this.#applied;
      this.#applied = lastSeq;
    }
    const isEnough = this.#hasBase || this.#host.service === undefined;
    if (isEnough && this.#state !== 'live') this.#setState('live', 'heard');
  }

  #takeLive(item: FeedItem): void {
    if (item.seq <= this.#applied) {
      this.#counters.duplicates += 1;
      return;
    }
    if (item.seq === this.#applied + 1) {
      this.#apply(item);
      return;
    }
    this.#counters.gap(item.seq - this.#applied - 1);
    if (!this.#noteLoss('messages')) return;
    this.#held.release();
    this.#held.hold(item);
    this.#sync('gap');
  }

  /** Not live: hold. The first message to be held proves that the subscription works. */
  #takeEarly(item: FeedItem): void {
    if (this.#hasBase && item.seq <= this.#applied) {
      this.#counters.duplicates += 1;
      return;
    }
    const last = this.#held.last;
    const outcome = this.#held.hold(item);
    if (outcome === 'duplicate') this.#counters.duplicates += 1;
    if (outcome === 'hole') this.#counters.gap(item.seq - (last?.seq ?? 0) - 1);
    if (outcome === 'hole' || outcome === 'overflow') {
      this.#isAnswerShort = true;
      if (!this.#noteLoss(outcome === 'hole' ? 'messages while catching up' : 'room to hold messages while catching up')) return;
    }
    if (this.#state === 'syncing') return;
    if (this.#hasBase && item.seq === this.#applied + 1) {
      this.#drain('nothing was lost');
      return;
    }
    if (this.#hasBase && this.#state === 'stale') this.#counters.gap(item.seq - this.#applied - 1);
    this.#sync(this.#hasBase ? 'gap' : 'proven');
  }

  #enterEpoch(epoch: number): void {
    if (this.#epoch !== 0) this.#counters.epochs += 1;
    this.#epoch = epoch;
    this.#applied = 0;
    this.#hasBase = false;
    this.#held.release();
    this.#question += 1;
    if (this.#options.mode.type !== 'latest') this.#setState('proving', 'new epoch');
  }

  #prove(why: string): void {
    this.#held.release();
    this.#question += 1;
    this.#setState('proving', why);
    this.#helloRetryMs = FIRST_HELLO_RETRY_MS;
    this.#hello();
  }

  #hello(): void {
    this.#helloLater();
    const { service } = this.#host;
    if (service === undefined) return;
    this.#counters.hellos += 1;
    service.ask('service.hello', { topic: this.topic, nonce: this.#host.nextNonce() }, HELLO_RETRY_MS, () => {
      // The proof is the marker on the topic itself; this answer says nothing about the subscription.
    });
  }

  #helloLater(): void {
    const delayMs = this.#helloRetryMs;
    this.#helloRetryMs = Math.min(delayMs * 2, HELLO_RETRY_MS);
    this.#schedule(delayMs, () => {
      if (this.#state === 'proving' || this.#state === 'stale') this.#hello();
    });
  }

  #sync(why: string): void {
    this.#setState('syncing', why);
    this.#ask();
  }

  /** Asks for what is missing, in the way of the mode. */
  #ask(): void {
    const { service } = this.#host;
    const { mode } = this.#options;
    this.#isAnswerShort = false;
    this.#question += 1;
    const question = this.#question;
    const onResult = (result: ServiceResult): void => {
      if (question === this.#question && this.#state === 'syncing' && !this.#closed) this.#answered(result);
    };
    this.#timer?.cancel();
    if (mode.type === 'durable') {
      service?.ask(
        'service.replay-request',
        { topic: this.topic, fromPos: this.#nextPos, limit: REPLAY_CHUNK },
        REQUEST_TIMEOUT_MS,
        onResult,
      );
    } else if (mode.type === 'snapshot' && this.#hasBase && mode.replay !== false) {
      const fromSeq = this.#applied + 1;
      service?.ask('service.replay-request', { topic: this.topic, fromSeq, limit: REPLAY_CHUNK }, REQUEST_TIMEOUT_MS, onResult);
    } else {
      service?.ask('service.snapshot-request', { topic: this.topic }, REQUEST_TIMEOUT_MS, onResult);
    }
  }

  #answered(result: ServiceResult): void {
    const snapshot = answerOf(result, 'service.snapshot');
    const replay = answerOf(result, 'service.replay');
    const answer = snapshot ?? replay;
    if (answer === undefined || answer.epoch < this.#epoch || answer.data.topic !== this.topic) {
      this.#schedule(SYNC_RETRY_MS, () => this.#state === 'syncing' && this.#ask());
    } else if (answer.epoch > this.#epoch) {
      this.#enterEpoch(answer.epoch);
      this.#prove('new epoch');
    } else if (snapshot !== undefined) this.#takeSnapshot(snapshot);
    else if (replay !== undefined && this.#options.mode.type === 'durable') this.#takeJournal(replay);
    else if (replay !== undefined) this.#takeReplay(replay);
  }

  #takeSnapshot(snapshot: MessageOf<'service.snapshot'>): void {
    const { mode } = this.#options;
    const first = this.#held.first;
    if (mode.type !== 'snapshot') return;
    if (first !== undefined && first.seq > snapshot.data.seq + 1) {
      // Held messages were lost after this snapshot was taken; a newer one covers them.
      this.#ask();
      return;
    }
    this.#counters.snapshots += 1;
    this.#applied = snapshot.data.seq;
    this.#hasBase = true;
    mode.onSnapshot(snapshot);
    this.#drain('snapshot applied');
  }

  /** By sequence number, within this epoch: must continue exactly where we stand, else only a snapshot helps. */
  #takeReplay(replay: MessageOf<'service.replay'>): void {
    const before = this.#applied;
    let isSound = !replay.data.tooOld;
    for (const raw of replay.data.messages) {
      const item = itemFrom(checkMessage(raw));
      if (!isSound || this.#isOver()) break;
      if (item === undefined || item.epoch !== this.#epoch || item.seq > this.#applied + 1) isSound = false;
      else if (item.seq === this.#applied + 1) this.#applyReplayed(item);
    }
    if (this.#isOver()) return;
    const first = this.#held.first;
    if (isSound && first !== undefined && first.seq <= this.#applied + 1) {
      this.#drain('replayed');
      return;
    }
    if (!isSound || this.#applied === before) this.#hasBase = false;
    this.#ask();
  }

  /** By journal position, over all epochs. */
  #takeJournal(replay: MessageOf<'service.replay'>): void {
    if (replay.data.tooOld) {
      this.#halt('too-old', `position ${this.#nextPos} is no longer kept by the publisher`);
      return;
    }
    const before = this.#nextPos;
    for (const raw of replay.data.messages) {
      const checked = checkMessage(raw);
      const item = itemFrom(checked);
      if (item === undefined) {
        this.#halt('not-understood', checked.ok ? 'a replayed message' : checked.detail);
        return;
      }
      if (item.pos !== undefined && item.pos > this.#lastPos) this.#deliver(item, true);
      if (this.#isOver()) return;
    }
    const isProgress = replay.data.next > before;
    this.#nextPos = Math.max(this.#nextPos, replay.data.next, this.#lastPos + 1);
    const isDone = replay.data.complete && !this.#isAnswerShort;
    if (isDone) this.#drain('journal replayed');
    else if (isProgress || replay.data.complete) this.#ask();
    else this.#schedule(SYNC_RETRY_MS, () => this.#state === 'syncing' && this.#ask());
  }

  /** Delivers what was held beyond what was fetched, then goes live. */
  #drain(why: string): void {
    for (const item of this.#held.release()) {
      if (this.#isOver()) return;
      if (!this.#hasBase || item.seq > this.#applied) this.#apply(item);
    }
    if (!this.#isOver()) this.#goLive(why);
  }

  #goLive(why: string): void {
    this.#timer?.cancel();
    this.#question += 1;
    this.#hasBase = true;
    this.#setState('live', why);
  }

  #applyReplayed(item: FeedItem): void {
    this.#counters.replayed += 1;
    this.#apply(item);
  }

  #apply(item: FeedItem): void {
    this.#applied = item.seq;
    const isKnown = this.#options.mode.type === 'durable' && item.pos !== undefined && item.pos <= this.#lastPos;
    if (isKnown) this.#counters.duplicates += 1;
    else this.#deliver(item, false);
  }

  #deliver(item: FeedItem, isReplay: boolean): void {
    const { mode } = this.#options;
    if (item.message === undefined) {
      this.#counters.notUnderstood += 1;
      if (mode.type === 'durable' && item.fault === 'invalid') {
        this.#halt('not-understood', `seq ${item.seq}, pos ${item.pos}`);
        return;
      }
    }
    if (item.pos !== undefined) {
      this.#lastPos = item.pos;
      this.#nextPos = Math.max(this.#nextPos, item.pos + 1);
    }
    if (isReplay) this.#counters.replayed += 1;
    if (item.message === undefined || item.message.type === 'marker') return;
    this.#hand(item.message);
  }

  #hand(message: Message): void {
    const { mode } = this.#options;
    if (message.type !== 'epoch-end') {
      this.#counters.delivered += 1;
      this.#options.onMessage(message);
    } else if (mode.type === 'durable') mode.onEpochEnd?.(message);
  }

  /** False when this was one loss too many. */
  #noteLoss(what: string): boolean {
    const now = this.#host.clock.monotonicUs();
    this.#losses = this.#losses.filter((at) => now - at < LOSS_WINDOW_US);
    this.#losses.push(now);
    if (this.#losses.length < MAX_LOSSES) return true;
    this.#halt('too-many-resyncs', `lost ${what} ${MAX_LOSSES} times in a minute`);
    return false;
  }

  #halt(reason: FeedHaltReason, detail: string): void {
    this.#timer?.cancel();
    this.#question += 1;
    this.#held.release();
    this.#hasBase = false;
    this.#setState('halted', `${reason}: ${detail}`);
    if (!this.#closed) this.#options.onHalt?.(reason, detail);
  }

  #isOver(): boolean {
    return this.#closed || this.#state === 'halted';
  }

  #setState(state: FeedState, why: string): void {
    if (state === this.#state || this.#closed) return;
    this.#state = state;
    this.#options.onState?.(state, why);
  }

  #schedule(delayMs: number, work: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#host.clock.after(delayMs, () => {
      if (!this.#closed) work();
    });
  }
}
