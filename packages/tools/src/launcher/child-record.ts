/** One supervised process over all its incarnations: what runs, how often it was started again, what it said last. */
import type { ChildExit, ChildProcess, Timer } from '@fillwright/runtime';
import type { ChildPlan } from './supervisor.ts';

const KEPT_LINES = 30;

export class ChildRecord {
  readonly plan: ChildPlan;
  process: ChildProcess | undefined;
  lastExit: ChildExit | undefined;
  /** Whether it ever did its whole job. */
  wasReady = false;
  toldToStop = false;
  restarts = 0;
  /** Monotonic times of its deaths. */
  restartTimes: readonly number[] = [];
  timer: Timer | undefined;
  #lines: readonly string[] = [];
  #left: readonly string[] = [];
  #waiters: readonly (() => void)[] = [];

  constructor(plan: ChildPlan) {
    this.plan = plan;
  }

  /** `name left: what` lines of this incarnation. */
  get left(): readonly string[] {
    return this.#left;
  }

  begin(): void {
    this.lastExit = undefined;
    this.toldToStop = false;
    this.#lines = [];
    this.#left = [];
  }

  end(exit: ChildExit): void {
    this.process = undefined;
    this.lastExit = exit;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  whenEnded(wake: () => void): void {
    this.#waiters = [...this.#waiters, wake];
  }

  addLine(line: string): void {
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    const prefix = `${this.plan.source} left: `;
    if (line.startsWith(prefix)) this.#left = [...this.#left, line.slice(prefix.length)];
  }

  lastLines(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** The failure line that every program of ours prints with `--json`. */
  ownError(): { readonly code: string; readonly message: string } | undefined {
    for (const line of this.#lines.toReversed()) {
      const error = failureIn(line);
      if (error !== undefined) return error;
    }
    return undefined;
  }
}

function failureIn(line: string): { readonly code: string; readonly message: string } | undefined {
  if (!line.startsWith('{"ok":false')) return undefined;
  try {
    const { error } = JSON.parse(line) as { readonly error?: { readonly code?: unknown; readonly message?: unknown } };
    return typeof error?.code === 'string' && typeof error.message === 'string' ? { code: error.code, message: error.message } : undefined;
  } catch {
    // Cut in the middle, or not ours.
    return undefined;
  }
}
