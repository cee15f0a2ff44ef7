/** Draws lines on the terminal: only those that changed, in one write, on the alternate screen, which is given back at the end. */
import type { Terminal } from '@fillwright/runtime';
import { type Line, lineText } from './text.ts';

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
/** Terminals that know these draw a frame at once; others ignore them. */
const FRAME_BEGIN = `${ESC}?2026h`;
const FRAME_END = `${ESC}?2026l`;

export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #colours: boolean;
  #open = false;
  #size = '';
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal, colours: boolean) {
    this.#terminal = terminal;
    this.#colours = colours;
  }

  draw(lines: readonly Line[]): void {
    const texts = lines.map((line) => lineText(line, this.#colours));
    const size = `${this.#terminal.columns}×${this.#terminal.rows}`;
    // After a resize nothing is where it was.
    const before = size === this.#size ? this.#drawn : [];
    const clear = before.length === 0 || texts.length < before.length ? `${ESC}2J` : '';
    const known = clear === '' ? before : [];
    const changes = texts.flatMap((text, row) => (known[row] === text ? [] : [`${ESC}${row + 1};1H${text}${ESC}K`]));
    if (changes.length > 0 || clear !== '') {
      this.#terminal.write(`${this.#open ? '' : ENTER}${FRAME_BEGIN}${clear}${changes.join('')}${FRAME_END}`);
    }
    this.#open = true;
    this.#size = size;
    this.#drawn = texts;
  }

  /** Idempotent; the terminal is as it was before the first `draw`. */
  close(): void {
    if (this.#open) this.#terminal.write(LEAVE);
    this.#open = false;
    this.#drawn = [];
  }
}
