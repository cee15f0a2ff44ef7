/**
 * What of the engine's journal counts under JOURNAL_SYNC=full: a record exists from its sync on. Until then nobody may act on it, and a
 * power cut takes it as if it had never been; so the checks see it only then. The death of a process alone takes nothing.
 */
import type { TraceNote } from '../kernel/trace.ts';
import { type Evidence, evidenceOf } from './evidence.ts';

const APPEND = 'disk.append ';
const TRUNCATE = 'disk.truncate ';
const SYNCED = 'disk.synced ';
const CUT = 'disk.cut ';
const JOURNAL = 'journal/';

interface Waiting {
  readonly path: string;
  /** Where the append ends in its file. */
  readonly end: number;
  readonly evidence: readonly Evidence[];
}

export class DurableEvidence {
  readonly #engine: string;
  readonly #sizes = new Map<string, number>();
  #waiting: Waiting[] = [];

  constructor(engine: string) {
    this.#engine = engine;
  }

  /** What this note lets the checks see. */
  take(note: TraceNote): readonly Evidence[] {
    const { who, what, detail } = note;
    if (!who.startsWith(`${this.#engine}#`)) return evidenceOf(note);
    if (what === 'killed') return [...this.rest(), ...evidenceOf(note)];
    const path = what.slice(what.indexOf(' ') + 1);
    if (!path.startsWith(JOURNAL)) return evidenceOf(note);
    if (what.startsWith(APPEND)) {
      const end = (this.#sizes.get(path) ?? 0) + detail.length;
      this.#sizes.set(path, end);
      this.#waiting.push({ path, end, evidence: evidenceOf(note) });
      return [];
    }
    const size = Number(detail);
    if (what.startsWith(SYNCED)) return this.#release(path, size);
    if (what.startsWith(TRUNCATE) || what.startsWith(CUT)) this.#sizes.set(path, size);
    if (!what.startsWith(CUT)) return evidenceOf(note);
    const kept = this.#release(path, size);
    this.#waiting = this.#waiting.filter((one) => one.path !== path);
    return kept;
  }

  /** What waits for a sync that will not come: it is on the disk all the same. */
  rest(): readonly Evidence[] {
    const rest = this.#waiting.flatMap(({ evidence }) => evidence);
    this.#waiting = [];
    return rest;
  }

  #release(path: string, upTo: number): readonly Evidence[] {
    const isSafe = (one: Waiting): boolean => one.path === path && one.end <= upTo;
    const released = this.#waiting.filter(isSafe);
    if (released.length > 0) this.#waiting = this.#waiting.filter((one) => !isSafe(one));
    return released.flatMap(({ evidence }) => evidence);
  }
}
