/** A promise that was not kept, and when. */
export interface Violation {
  /** The check that saw it. */
  readonly check: string;
  /** Virtual time, µs. */
  readonly us: number;
  readonly text: string;
}

/** Tells of a violation; a check goes on after it. */
export type Report = (us: number, text: string) => void;
