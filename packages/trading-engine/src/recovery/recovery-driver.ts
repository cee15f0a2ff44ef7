/**
 * The one way the private stream comes up, first or again: new stream, buffered → account over REST → apply → replay the buffer →
 * swap → close the old stream → summary. Triggers that arrive meanwhile merge. It tries for ever; incomplete means still degraded.
 */
import type { Order, UsTime } from '@fillwright/domain';
import type { EngineStateMessage } from '@fillwright/messages';
import type { Random, Timer } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { Outcome, PositionReport, PrivateStream, VenueEvent } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import type { ReportDesk } from '../order/report-desk.ts';
import { takeVenueSnapshot, type VenueSnapshot } from './venue-snapshot.ts';

const MAX_DELAY_MS = 30_000;

type Summary = NonNullable<EngineStateMessage['lastReconciliation']>;

interface Attempt {
  readonly startedTs: UsTime;
  readonly reason: string;
  readonly buffer: VenueEvent[];
  overflow: boolean;
  /** Set when the new stream ended before the swap. */
  lost: string | undefined;
  live: boolean;
  stream: PrivateStream | undefined;
  /** Only for a wrong that checks must find. */
  early?: ReturnType<typeof takeVenueSnapshot>;
}

export class RecoveryDriver {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #random: Random;
  readonly #ledgerStartTs: () => UsTime;
  #current: PrivateStream | undefined;
  #attempt: Attempt | undefined;
  #again: string | undefined;
  #failures = 0;
  #timer: Timer | undefined;
  #lastBeginUs: number | undefined;
  #stopped = false;
  /** True only between a complete recovery and the next doubt. */
  up = false;
  /** With what the venue held at that time. */
  onUp: (positions: readonly PositionReport[]) => void = () => undefined;
  /** An open order that the venue neither listed nor found. */
  onMissing: (order: Order) => void = () => undefined;
  onDown: (reason: string) => void = () => undefined;

  constructor(context: EngineContext, parts: { reports: ReportDesk; random: Random; ledgerStartTs: () => UsTime }) {
    this.#context = context;
    this.#reports = parts.reports;
    this.#random = parts.random;
    this.#ledgerStartTs = parts.ledgerStartTs;
  }

  /** Failed attempts since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Something is in doubt. Called as often as one likes. */
  trigger(reason: string): void {
    if (this.#stopped) return;
    if (this.up) this.onDown(reason);
    this.up = false;
    if (this.#attempt || this.#timer) {
      this.#again = reason;
      return;
    }
    this.#beginSoon(reason);
  }

  stop(): void {
    this.#stopped = true;
    this.up = false;
    this.#timer?.cancel();
    this.#attempt?.stream?.close();
    this.#current?.close();
    this.#attempt = undefined;
    this.#current = undefined;
  }

  /** A doubt that comes back with every attempt must not turn into a storm of questions. */
  #beginSoon(reason: string): void {
    const { clock, options } = this.#context;
    const sinceMs = this.#lastBeginUs === undefined ? Number.POSITIVE_INFINITY : (clock.monotonicUs() - this.#lastBeginUs) / 1000;
    if (sinceMs >= options.reconnectMs) this.#begin(reason);
    else this.#beginIn(options.reconnectMs - sinceMs, reason);
  }

  #beginIn(delayMs: number, reason: string): void {
    this.#timer = this.#context.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#context.inputs.run(() => {
        if (!this.#stopped) this.#begin(this.#again ?? reason);
      });
    });
  }

  #begin(reason: string): void {
    this.#lastBeginUs = this.#context.clock.monotonicUs();
    const attempt: Attempt = {
      startedTs: this.#context.records.now(),
      reason,
      buffer: [],
      overflow: false,
      lost: undefined,
      live: false,
      stream: undefined,
    };
    if (mutated(this.#context, 'snapshot-before-stream')) attempt.early = takeVenueSnapshot(this.#context, this.#ledgerStartTs());
    this.#attempt = attempt;
    this.#again = undefined;
    this.#context.log.info('recovery-started', { reason, failures: this.#failures });
    const opening = this.#context.adapter.openPrivateStream({
      onEvent: (event) => this.#context.inputs.run(() => this.#event(attempt, event)),
      onDown: (why) => this.#context.inputs.run(() => this.#down(attempt, why)),
    });
    void this.#context.inputs.after(opening, (outcome) => this.#opened(attempt, outcome));
  }

  #event(attempt: Attempt, event: VenueEvent): void {
    if (this.#stopped) return;
    if (attempt.live) this.#reports.event(event);
    else if (attempt.buffer.length < this.#context.options.streamBuffer) attempt.buffer.push(event);
    else attempt.overflow = true;
  }

  #down(attempt: Attempt, why: string): void {
    if (this.#stopped) return;
    attempt.lost = why;
    if (!attempt.live) return;
    this.#context.log.warn('private-stream-down', { reason: why });
    // A stream that was already replaced says nothing about the present.
    if (attempt.stream === this.#current) {
      this.#current = undefined;
      this.trigger(`stream down: ${why}`);
    }
  }

  #opened(attempt: Attempt, outcome: Outcome<PrivateStream>): void {
    if (this.#stopped) {
      if (outcome.type === 'confirmed') outcome.value.close();
      return;
    }
    if (outcome.type !== 'confirmed') {
      this.#failed(attempt, `${outcome.reason.code}: ${outcome.reason.text}`);
      return;
    }
    attempt.stream = outcome.value;
    void this.#context.inputs.after(attempt.early ?? takeVenueSnapshot(this.#context, this.#ledgerStartTs()), (result) => {
      if (this.#stopped) return;
      const doubt = attempt.lost ?? (attempt.overflow ? 'more events than the buffer holds' : undefined);
      if (result.type === 'incomplete') {
        const asked = [`failed: ${result.reason.code}: ${result.reason.text}`.slice(0, 200)];
        this.#summarise(attempt, { complete: false, asked, applied: 0, dropped: 0 });
        this.#failed(attempt, `${result.reason.code}: ${result.reason.text}`);
      } else if (doubt) this.#failed(attempt, doubt);
      else this.#apply(attempt, result.snapshot);
    });
  }

  #apply(attempt: Attempt, snapshot: VenueSnapshot): void {
    const before = { applied: this.#reports.applied, dropped: this.#reports.dropped };
    const found = snapshot.lookups.flatMap(({ answer }) => (answer.type === 'answered' ? [answer.value] : []));
    const reports = [...found, ...snapshot.orders];
    for (const report of reports) this.#reports.identify(report);
    for (const fill of snapshot.trades) this.#reports.trade(fill);
    for (const report of reports) this.#reports.report(report);
    for (const report of snapshot.balances) this.#reports.balance(report);
    for (const event of attempt.buffer) this.#reports.event(event);
    attempt.buffer.length = 0;
    attempt.live = true;
    const old = this.#current;
    this.#current = attempt.stream;
    this.#attempt = undefined;
    old?.close();
    const applied = this.#reports.applied - before.applied;
    const dropped = this.#reports.dropped - before.dropped;
    this.#summarise(attempt, { complete: true, asked: [...snapshot.asked], applied, dropped });
    this.#context.log.info('recovery-complete', {
      reason: attempt.reason,
      orders: snapshot.orders.length,
      trades: snapshot.trades.length,
      applied,
    });
    this.#failures = 0;
    if (this.#again !== undefined) {
      this.#beginSoon(this.#again);
      return;
    }
    this.up = true;
    for (const { order, answer } of snapshot.lookups) if (answer.type === 'absent') this.onMissing(order);
    this.onUp(snapshot.positions);
  }

  #summarise(attempt: Attempt, result: Omit<Summary, 'startedTs' | 'endedTs'>): void {
    const { records } = this.#context;
    const endedTs = records.now();
    records.write({ k: 'recovery', ts: endedTs, summary: { startedTs: attempt.startedTs, endedTs, ...result } });
  }

  #failed(attempt: Attempt, why: string): void {
    attempt.stream?.close();
    this.#attempt = undefined;
    this.#failures += 1;
    const base = Math.min(MAX_DELAY_MS, this.#context.options.reconnectMs * 2 ** Math.min(this.#failures - 1, 10));
    const backoffMs = base / 2 + this.#random.float() * (base / 2);
    const delayMs = Math.min(backoffMs, this.#quietMs() ?? backoffMs);
    const alarm = this.#failures === this.#context.options.reconnectAlarmAfter;
    this.#context.log[alarm ? 'error' : 'warn']('recovery-failed', {
      code: 'ENG_RECOVERY_FAILED',
      reason: why,
      failures: this.#failures,
      nextMs: Math.round(delayMs),
    });
    this.#beginIn(delayMs, attempt.reason);
  }

  /** Until the venue may be asked again: who was told to be quiet need not wait longer than that. */
  #quietMs(): number | undefined {
    const { adapter, clock } = this.#context;
    return adapter.quietUntilTs === undefined ? undefined : Math.ceil((adapter.quietUntilTs - clock.wallUs()) / 1000) + 1;
  }
}
