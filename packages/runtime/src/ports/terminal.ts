/** The person at the screen. */
export interface Terminal {
  /** False when stdout is not a terminal: then nothing may be drawn. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly rows: number;
  /** To stdout, as it is. */
  write(text: string): void;
  /** To stderr, a line. */
  note(line: string): void;
}
