/**
 * The kernel: virtual time and one queue of events. It pops an event, runs it, lets every promise it settled run dry, pops the next.
 * Guarantees: the same seed gives the same trace, whatever the real process does meanwhile.
 */
import { AppError } from '@fillwright/runtime/ports';
import { type EventOwner, EventQueue, type KernelEvent } from './event-queue.ts';
import { IncarnationDead } from './incarnation-dead.ts';
import { SeededRandom } from './seeded-random.ts';
import { StrayRejections } from './stray-rejections.ts';
import { Trace, type TraceSink } from './trace.ts';

/** Real I/O and unhandled rejections get their turn after so many events. By count, not by time: nothing real may influence a run. */
const EVENTS_PER_YIELD = 512;
const DEFAULT_MAX_EVENTS = 10_000_000;
const DEFAULT_MAX_QUEUED = 1_000_000;
/** How many entries an error about a stalled or endless run names. */
const NAMED_IN_ERRORS = 20;

export interface KernelOptions {
  /** Everything random follows from it; a number and its text are the same seed. */
  readonly seed: string | number;
  /** Events that may wait at once; default 1 000 000. More is an error: something schedules without bound. */
  readonly maxQueued?: number;
  /** Receives the readable trace. */
  readonly traceSink?: TraceSink;
  /**
   * What becomes of a port call while the real process has its turn in the middle of a run. Default `fail`: code under simulation waited
   * for something real, so the run would not repeat. `allow` is for tests that act from outside.
   */
  readonly outsideCalls?: 'fail' | 'allow';
}

export interface RunOptions {
  /** Stop when virtual time reaches this; events at this very time still run. */
  readonly untilUs?: number;
  /** Stop as soon as this holds; looked at between events, when no promise has anything left to run. */
  readonly until?: () => boolean;
  /** Default 10 000 000. */
  readonly maxEvents?: number;
}

export interface RunOutcome {
  /** `condition`: `until` holds. `time`: `untilUs` was reached first. `drained`: nothing is left to happen. */
  readonly reason: 'condition' | 'time' | 'drained';
  readonly events: number;
  readonly nowUs: number;
}

interface Run {
  readonly options: RunOptions;
  readonly maxEvents: number;
  readonly resolve: (outcome: RunOutcome) => void;
  readonly reject: (error: unknown) => void;
  events: number;
}

export class Kernel {
  readonly seed: string;
  readonly trace: Trace;
  /** Told of whatever a simulated program throws and nobody catches; by default it fails the run. */
  onUncaught: (error: unknown, owner: EventOwner | undefined, kind: string) => void;
  /** What is awaited of the simulated world; named when a run stalls. */
  readonly #pending = new Map<number, { readonly owner: EventOwner; readonly label: string }>();
  readonly #queue = new EventQueue();
  readonly #maxQueued: number;
  #nowUs = 0;
  #inserted = 0;
  #executed = 0;
  #awaited = 0;
  #run: Run | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #watchesOutside: boolean;
  /** True while the real process has its turn, everything of the last event being done. */
  #outside = false;
  readonly #step = (): void => this.#advance();
  readonly #hop = (): void => process.nextTick(this.#step);
  readonly #pause = (): void => {
    this.#outside = true;
    setImmediate(this.#resume);
  };
  readonly #resume = (): void => {
    this.#outside = false;
    this.#advance();
  };

  constructor(options: KernelOptions) {
    this.seed = String(options.seed);
    this.trace = new Trace(options.traceSink);
    this.trace.note(0, 'kernel', 'seed', this.seed);
    this.#maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
    this.#watchesOutside = options.outsideCalls !== 'allow';
    this.onUncaught = (error, owner, kind) => this.fail(uncaught(error, owner, kind));
  }

  /** Virtual microseconds since the world began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events executed since the world began. */
  get executed(): number {
    return this.#executed;
  }

  /** The random stream of one component; ask once and keep it. */
  random(stream: string): SeededRandom {
    return new SeededRandom(this.seed, stream);
  }

  /** Makes something happen at a time (not before now). The only way anything happens. */
  at(atUs: number, kind: string, owner: EventOwner | undefined, run: () => void): KernelEvent {
    if (this.#queue.size >= this.#maxQueued) throw this.#tooMany('SIM_QUEUE_BOUND', `${this.#maxQueued} events are queued`);
    const event = { atUs: Math.max(atUs, this.#nowUs), order: this.#inserted++, kind, owner, run, slot: -1 };
    this.#queue.push(event);
    return event;
  }

  cancel(event: KernelEvent): void {
    this.#queue.remove(event);
  }

  /** Notes a promise that only an event of this world will settle; the answer is for `arrived`. */
  awaits(owner: EventOwner, label: string): number {
    const id = this.#awaited++;
    this.#pending.set(id, { owner, label });
    return id;
  }

  arrived(id: number): void {
    this.#pending.delete(id);
  }

  /** What a dead owner awaited will never come. */
  forget(owner: EventOwner): void {
    for (const [id, pending] of this.#pending) if (pending.owner === owner) this.#pending.delete(id);
  }

  /** Every port call passes here: a call that no event led to came by way of real time, and would not come again like this. */
  checkInside(who: string, call: string): void {
    if (!this.#outside || !this.#watchesOutside) return;
    const text = `${who} called ${call} outside of virtual time: it waited for a timer, file or socket that is not of its ports`;
    this.fail(new AppError('SIM_OUTSIDE', text));
  }

  /** Ends the current (or next) run with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Lets the world run. One run at a time.
   * @throws AppError `SIM_STALLED` (nothing left, condition unmet), `SIM_EVENT_BOUND`, `SIM_QUEUE_BOUND`, `SIM_UNCAUGHT` as a rejection.
   */
  run(options: RunOptions = {}): Promise<RunOutcome> {
    if (this.#run !== undefined) return Promise.reject(new AppError('SIM_RUNNING', 'the kernel is running already: await that run first'));
    const { promise, resolve, reject } = Promise.withResolvers<RunOutcome>();
    this.#run = { options, maxEvents: options.maxEvents ?? DEFAULT_MAX_EVENTS, resolve, reject, events: 0 };
    StrayRejections.watch(this);
    setImmediate(this.#step);
    return promise;
  }

  /** The promises and events that are still open, as text, soonest first. */
  describePending(): readonly string[] {
    const awaited = [...this.#pending.values()].map(({ owner, label }) => `${owner.name} awaits ${label}`);
    const events = this.#queue
      .list((event) => event.owner?.dead !== true)
      .map((event) => `${event.kind} for ${event.owner?.name ?? 'the world'} at ${event.atUs} µs`);
    return [...awaited, ...events];
  }

  /** One step of the pump: an event, then by way of the microtask queue everything that it set going. */
  #advance(): void {
    const run = this.#run;
    if (run === undefined) return;
    try {
      const reason = this.#failure === undefined ? this.#executeNext(run) : 'failed';
      if (reason === undefined) {
        if (run.events % EVENTS_PER_YIELD === 0) queueMicrotask(() => process.nextTick(this.#pause));
        else queueMicrotask(this.#hop);
        return;
      }
      // Rejections that nobody handled show only now.
      setImmediate(() => this.#finish(run, reason === 'failed' ? 'drained' : reason));
    } catch (error) {
      this.fail(error);
      setImmediate(() => this.#finish(run, 'drained'));
    }
  }

  #finish(run: Run, reason: RunOutcome['reason']): void {
    StrayRejections.unwatch(this);
    this.#run = undefined;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) run.reject(failure.error);
    else run.resolve({ reason, events: run.events, nowUs: this.#nowUs });
  }

  #executeNext(run: Run): RunOutcome['reason'] | undefined {
    const { until, untilUs } = run.options;
    if (until?.() === true) return 'condition';
    const event = this.#nextDue(untilUs);
    if (event === undefined) {
      if (untilUs !== undefined) {
        this.#nowUs = Math.max(this.#nowUs, untilUs);
        return 'time';
      }
      if (until !== undefined) throw this.#stalled();
      return 'drained';
    }
    if (run.events >= run.maxEvents) {
      this.#queue.push(event);
      throw this.#tooMany('SIM_EVENT_BOUND', `${run.maxEvents} events were run without reaching the end`);
    }
    run.events++;
    this.#execute(event);
    return undefined;
  }

  /** Takes the next event out of the queue; events of the dead vanish here, those of the busy are put off. */
  #nextDue(untilUs: number | undefined): KernelEvent | undefined {
    for (;;) {
      const event = this.#queue.peek();
      if (event === undefined || (untilUs !== undefined && event.atUs > untilUs)) return undefined;
      this.#queue.remove(event);
      const owner = event.owner;
      if (owner === undefined) return event;
      if (owner.dead) continue;
      if (owner.busyUntilUs <= event.atUs) return event;
      event.atUs = owner.busyUntilUs;
      this.#queue.push(event);
    }
  }

  #execute(event: KernelEvent): void {
    this.#nowUs = event.atUs;
    this.#executed++;
    this.trace.event(event.atUs, event.owner?.name ?? 'world', event.kind, event.order);
    try {
      event.run();
    } catch (error) {
      if (!(error instanceof IncarnationDead)) this.onUncaught(error, event.owner, event.kind);
    }
  }

  #stalled(): AppError {
    return new AppError(
      'SIM_STALLED',
      `nothing is left to happen at ${this.#nowUs} µs and the condition does not hold. ${this.#namePending()}`,
    );
  }

  #tooMany(code: string, what: string): AppError {
    return new AppError(code, `seed ${this.seed}: ${what} (at ${this.#nowUs} µs). ${this.#namePending()}`);
  }

  #namePending(): string {
    const all = this.describePending();
    if (all.length === 0) return 'Nothing is awaited either: did the services start?';
    const rest = all.length > NAMED_IN_ERRORS ? `; and ${all.length - NAMED_IN_ERRORS} more` : '';
    return `Open: ${all.slice(0, NAMED_IN_ERRORS).join('; ')}${rest}`;
  }
}

function uncaught(error: unknown, owner: EventOwner | undefined, kind: string): AppError {
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('SIM_UNCAUGHT', `${owner?.name ?? 'the world'} threw in ${kind}: ${text}`, { cause: error });
}
