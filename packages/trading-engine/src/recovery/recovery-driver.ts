/**
 * The one way the private stream comes up, first or again: new stream, buffered → account over REST → apply → replay the buffer →
 * swap → close the old stream → summary. Triggers that arrive meanwhile merge. It tries for ever; incomplete means still degraded.
 */
import type { UsTime } from '@fillwright/domain';
import type { EngineStateMessage } from '@fillwright/messages';
import type { Random, Timer } from '@fillwright/runtime';
import type { Outcome, PrivateStream, VenueEvent } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import type { ReportDesk } from '../order/report-desk.ts';
import { takeVenueSnapshot, type VenueSnapshot } from './venue-snapshot.ts';

const MAX_DELAY_MS = 30_000;

interface Attempt {
  readonly startedTs: UsTime;
  readonly reason: string;
  readonly buffer: VenueEvent[];
  overflow: boolean;
  /** Set when the new stream ended before the swap. */
  lost: string | undefined;
  live: boolean;
  stream: PrivateStream | undefined;
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
  #stopped = false;
  /** True only between a complete recovery and the next doubt. */
  up = false;
  onUp: () => void = () => undefined;
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
    this.#begin(reason);
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

  #begin(reason: string): void {
    const attempt: Attempt = {
      startedTs: this.#context.records.now(),
      reason,
      buffer: [],
      overflow: false,
      lost: undefined,
      live: false,
      stream: undefined,
    };
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
    void this.#context.inputs.after(takeVenueSnapshot(this.#context, this.#ledgerStartTs()), (result) => {
      if (this.#stopped) return;
      const doubt = attempt.lost ?? (attempt.overflow ? 'more events than the buffer holds' : undefined);
      if (result.type === 'incomplete') this.#failed(attempt, `${result.reason.code}: ${result.reason.text}`);
      else if (doubt) this.#failed(attempt, doubt);
      else this.#apply(attempt, result.snapshot);
    });
  }

  #apply(attempt: Attempt, snapshot: VenueSnapshot): void {
    const { records, log } = this.#context;
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
    const summary: NonNullable<EngineStateMessage['lastReconciliation']> = {
      startedTs: attempt.startedTs,
      endedTs: records.now(),
      complete: true,
      asked: [...snapshot.asked],
      applied: this.#reports.applied - before.applied,
      dropped: this.#reports.dropped - before.dropped,
    };
    records.write({ k: 'recovery', ts: summary.endedTs, summary });
    log.info('recovery-complete', {
      reason: attempt.reason,
      orders: snapshot.orders.length,
      trades: snapshot.trades.length,
      applied: summary.applied,
    });
    this.#failures = 0;
    if (this.#again !== undefined) {
      this.#begin(this.#again);
      return;
    }
    this.up = true;
    this.onUp();
  }

  #failed(attempt: Attempt, why: string): void {
    attempt.stream?.close();
    this.#attempt = undefined;
    this.#failures += 1;
    const base = Math.min(MAX_DELAY_MS, this.#context.options.reconnectMs * 2 ** Math.min(this.#failures - 1, 10));
    const delayMs = base / 2 + this.#random.float() * (base / 2);
    const alarm = this.#failures === this.#context.options.reconnectAlarmAfter;
    this.#context.log[alarm ? 'error' : 'warn']('recovery-failed', {
      code: 'ENG_RECOVERY_FAILED',
      reason: why,
      failures: this.#failures,
      nextMs: Math.round(delayMs),
    });
    this.#timer = this.#context.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#context.inputs.run(() => {
        if (!this.#stopped) this.#begin(this.#again ?? attempt.reason);
      });
    });
  }
}
