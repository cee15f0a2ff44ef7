/**
 * Joins diff-depth frames of a real exchange to a snapshot of it, by its published rule for futures: the first frame must contain the
 * snapshot's id, each further one must follow the one before (`pu`). Whatever does not fit is a gap.
 */
import type { LevelChange } from '../flow/book-mirror.ts';
import type { SymbolSpec } from '../market/symbol-spec.ts';
import { parseAmount, type Sign } from '../numbers/units.ts';

/** Waiting for the snapshot; beyond it the attempt is given up. */
const FRAMES_KEPT = 5_000;

export interface DepthFrame {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly changes: readonly LevelChange[];
}

/** What to do with the book here. */
export type BookStep =
  | { readonly type: 'wait' }
  | { readonly type: 'gap' }
  | { readonly type: 'replace'; readonly levels: readonly LevelChange[]; readonly changes: readonly (readonly LevelChange[])[] }
  | { readonly type: 'apply'; readonly changes: readonly LevelChange[] };

export class UpstreamBook {
  #waiting: DepthFrame[] = [];
  #lastId: number | undefined;
  /** Of a snapshot that no frame has met yet. */
  #snapshotId: number | undefined;

  frame(frame: DepthFrame): BookStep {
    if (this.#snapshotId === undefined) {
      this.#waiting.push(frame);
      return this.#waiting.length > FRAMES_KEPT ? { type: 'gap' } : { type: 'wait' };
    }
    if (this.#lastId === undefined) {
      if (frame.lastId < this.#snapshotId) return { type: 'wait' };
      if (frame.firstId > this.#snapshotId && frame.previousId !== this.#snapshotId) return { type: 'gap' };
    } else if (frame.previousId !== this.#lastId) return { type: 'gap' };
    this.#lastId = frame.lastId;
    return { type: 'apply', changes: frame.changes };
  }

  /** Follows with what waited for it. */
  snapshot(lastId: number, levels: readonly LevelChange[]): BookStep {
    this.#snapshotId = lastId;
    const changes: (readonly LevelChange[])[] = [];
    for (const frame of this.#waiting.splice(0)) {
      const step = this.frame(frame);
      if (step.type === 'gap') return step;
      if (step.type === 'apply') changes.push(step.changes);
    }
    return { type: 'replace', levels, changes };
  }
}

/** Rows as exchanges send them, `["price","quantity"]`. `undefined` when one is not on the symbol's grid. */
export function levelsOf(spec: SymbolSpec, sign: Sign, rows: unknown): LevelChange[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const levels: LevelChange[] = [];
  for (const row of rows as readonly unknown[]) {
    const [price, quantity] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    const [ticks, lots] = [stepsOf(price, spec.tickUnits), stepsOf(quantity, spec.stepUnits)];
    if (ticks === undefined || ticks === 0 || lots === undefined) return undefined;
    levels.push({ sign, ticks, lots });
  }
  return levels;
}

/** Whole units of a decimal text; `undefined` when it is none or between two. */
export function stepsOf(text: unknown, unit: number): number | undefined {
  const amount = typeof text === 'string' ? parseAmount(text) : undefined;
  if (amount === undefined || amount.units < 0 || amount.places > 8 || amount.units % unit !== 0) return undefined;
  return amount.units / unit;
}
