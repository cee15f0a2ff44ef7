/**
 * Faults by seed: on average so many a minute, of kinds drawn from a list, on the venue's clock. Each passes: a rule is taken back, a halt ends,
 * the clock returns. Same seed, same clock, same clients: the same faults at the same times.
 */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import { rearmed } from '../clock/venue-clock.ts';
import type { Prng } from '../numbers/prng.ts';
import { isFaultKind } from './fault-kinds.ts';
import { INCIDENT_KINDS, INCIDENTS, type IncidentKind, ruleFor, type StormVenue, type Undo, undoIncident } from './storm-incidents.ts';

const MINUTE_MS = 60_000;
/** How long a rule may wait for what it strikes. */
const RULE_LIFE_MS = 20_000;

interface Passing {
  readonly undo: Undo;
  readonly timer: Timer;
}

export class Storm {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #venue: StormVenue;
  #perMinute = 0;
  #kinds: readonly IncidentKind[] = [];
  #next: Timer | undefined;
  #lastId = 0;
  /** What is to be taken back. Bounded by the rate times the longest life. */
  readonly #passing = new Map<number, Passing>();

  constructor(clock: Clock, prng: Prng, venue: StormVenue) {
    this.#clock = clock;
    this.#prng = prng;
    this.#venue = venue;
  }

  /** `perMinute` 0 ends it: nothing new comes, what came passes as it would. No kinds = all. */
  blow(perMinute: number, kinds: readonly IncidentKind[]): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#perMinute = perMinute;
    this.#kinds = kinds.length === 0 ? INCIDENT_KINDS : kinds;
    if (perMinute > 0) this.#wait();
  }

  #wait(): void {
    const delayMs = (-Math.log(1 - this.#prng.float()) * MINUTE_MS) / this.#perMinute;
    this.#next = this.#clock.after(delayMs, () => this.#strike());
  }

  #strike(): void {
    this.#wait();
    const kind = this.#kinds[this.#prng.below(this.#kinds.length)] as IncidentKind;
    if (isFaultKind(kind)) {
      const rule = this.#venue.faults.add(ruleFor(kind, this.#prng));
      if (rule !== undefined) this.#takeBack({ type: 'rule', id: rule.id }, RULE_LIFE_MS);
      return;
    }
    const passing = INCIDENTS[kind](this.#venue, this.#prng);
    if (passing !== undefined) this.#takeBack(passing.undo, passing.afterMs);
  }

  #takeBack(undo: Undo, afterMs: number): void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#passing.set(id, { undo, timer: this.#clock.after(afterMs, () => this.#pass(id)) });
  }

  #pass(id: number): void {
    const passing = this.#passing.get(id);
    this.#passing.delete(id);
    if (passing !== undefined) undoIncident(this.#venue, passing.undo);
  }

  stop(): void {
    this.#next?.cancel();
    for (const { timer } of this.#passing.values()) timer.cancel();
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { perMinute: this.#perMinute, kinds: this.#kinds, next: this.#next, lastId: this.#lastId, passing: this.#passing };
  }

  restoreHidden({ perMinute, kinds, next, lastId, passing }: ReturnType<Storm['hiddenState']>): void {
    this.#perMinute = perMinute;
    this.#kinds = kinds;
    this.#next = next === undefined ? undefined : rearmed(next, () => this.#strike());
    this.#lastId = lastId;
    for (const [id, { undo, timer }] of passing) this.#passing.set(id, { undo, timer: rearmed(timer, () => this.#pass(id)) });
  }
}
