/**
 * One limit of a venue, so much per window of the venue's clock. Counts each request in every window in which the venue may have counted
 * it: those on their way are carried into the window that begins, and around a turn both windows are charged, because our idea of the
 * venue's time is not exact. So whatever the order of events, no window of the venue's holds more than was allowed. Pure.
 */
import type { Lane } from './lane.ts';

export interface RateLimit {
  readonly windowUs: number;
  /** What the venue allows in one window. */
  readonly quota: number;
  /** Our part of it, 0 to 1; the rest is for others who share the limit. */
  readonly share: number;
  /** Part of ours, 0 to 1, that only cancels may use. */
  readonly forCancels: number;
  /** Part of ours, 0 to 1, that only cancels and reducing requests may use. */
  readonly forReducing: number;
}

export interface RateRoom {
  /** What we may use in one window. */
  readonly quota: number;
  /** Of that, what is left: less when others use more than their part. */
  readonly left: number;
  /** Time of the venue. */
  readonly resetUs: number;
}

export class RateWindow {
  readonly #skewUs: number;
  #limit: RateLimit;
  /** The oldest window that may not be over. */
  #index = 0;
  /** Charged to it. */
  #used = 0;
  /** Charged to the one after it, once that may have begun. */
  #next: number | undefined;
  /** Charged and not answered yet. */
  #flying = 0;
  /** Given up without an answer: it may still arrive, also in the window that comes. */
  #late = 0;
  /** Used in this window by others, as the venue's own count shows. */
  #foreign = 0;

  constructor(limit: RateLimit, skewUs: number) {
    this.#limit = limit;
    this.#skewUs = skewUs;
  }

  get windowUs(): number {
    return this.#limit.windowUs;
  }

  /** The venue states another limit. */
  change(limit: RateLimit): void {
    this.#limit = limit;
  }

  /** Microseconds until `cost` fits; 0 = now. */
  waitUs(cost: number, lane: Lane, nowUs: number): number {
    if (cost === 0) return 0;
    this.#turn(nowUs);
    const { windowUs } = this.#limit;
    const untilUs = (turns: number) => Math.max(1, (this.#index + turns) * windowUs + this.#skewUs - nowUs);
    if (this.#next !== undefined && !this.#fits(this.#next, cost, lane, 0)) return untilUs(2);
    return this.#fits(this.#used, cost, lane, this.#foreign) ? 0 : untilUs(1);
  }

  charge(cost: number, nowUs: number): void {
    this.#turn(nowUs);
    this.#used += cost;
    if (this.#next !== undefined) this.#next += cost;
    this.#flying += cost;
  }

  /** It never left: every window since then counts it, because it was on its way for us. */
  refund(cost: number, nowUs: number): void {
    this.#turn(nowUs);
    this.#used -= cost;
    if (this.#next !== undefined) this.#next -= cost;
    this.#flying -= cost;
  }

  /** It was answered, so the venue has counted it; or it was given up. */
  land(cost: number, isAnswered: boolean, nowUs: number): void {
    this.#turn(nowUs);
    this.#flying -= cost;
    if (!isAnswered && this.#next === undefined) this.#late += cost;
  }

  /** Something of us before a restart was counted at that time: if that was in a window that lasts, it uses it still. */
  recall(cost: number, atUs: number, nowUs: number): void {
    this.#turn(nowUs);
    const window = this.#windowOf(atUs + this.#skewUs);
    if (window >= this.#index) this.#used += cost;
    if (window > this.#index && this.#next !== undefined) this.#next += cost;
  }

  /** The venue's own count, stated in an answer to what was asked at `askedUs`. Which window it is about must be certain. */
  correct(used: number, askedUs: number, nowUs: number): void {
    this.#turn(nowUs);
    const isCertain = this.#windowOf(askedUs - this.#skewUs) === this.#index && this.#windowOf(nowUs + this.#skewUs) === this.#index;
    if (isCertain) this.#foreign = Math.max(this.#foreign, used - this.#used);
  }

  /** What was used is assumed to be used in the next window as well: our idea of the venue's time was wrong. */
  carryOver(): void {
    this.#late = Math.max(this.#late, this.#used);
    if (this.#next !== undefined) this.#next = Math.max(this.#next, this.#used);
  }

  room(nowUs: number): RateRoom {
    this.#turn(nowUs);
    const { windowUs, quota } = this.#limit;
    const ours = this.#ours();
    const left = Math.min(quota - this.#used - this.#foreign, ours - Math.max(this.#used, this.#next ?? 0));
    return { quota: ours, left: Math.max(0, left), resetUs: (this.#index + (this.#next === undefined ? 1 : 2)) * windowUs };
  }

  #ours(): number {
    return Math.floor(this.#limit.quota * this.#limit.share);
  }

  #fits(used: number, cost: number, lane: Lane, foreign: number): boolean {
    if (used + foreign + cost > this.#limit.quota) return false;
    // What is larger than all that its lane may use would wait for ever: it has a window that nobody else uses.
    return used === 0 || used + cost <= this.#allowed(lane);
  }

  #allowed(lane: Lane): number {
    const ours = this.#ours();
    const { forCancels, forReducing } = this.#limit;
    if (lane === 'cancel') return ours;
    const kept = Math.ceil(ours * forCancels) + (lane === 'reduce' ? 0 : Math.ceil(ours * forReducing));
    return ours - kept;
  }

  #windowOf(timeUs: number): number {
    return Math.floor(timeUs / this.#limit.windowUs);
  }

  #turn(nowUs: number): void {
    const oldest = this.#windowOf(nowUs - this.#skewUs);
    const newest = this.#windowOf(nowUs + this.#skewUs);
    // A clock that steps back a little changes nothing; far back, what was used counts in the window we find ourselves in.
    if (newest < this.#index) {
      this.#index = oldest;
      this.#next = undefined;
    } else if (oldest > this.#index) {
      const isNext = oldest === this.#index + 1;
      this.#used = isNext && this.#next !== undefined ? this.#next : this.#flying + (isNext ? this.#late : 0);
      if (!isNext || this.#next === undefined) this.#late = 0;
      this.#foreign = 0;
      this.#next = undefined;
      this.#index = oldest;
    }
    if (newest > this.#index && this.#next === undefined) {
      this.#next = this.#flying + this.#late;
      this.#late = 0;
    }
  }
}
