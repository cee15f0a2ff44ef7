/** Rows under headings, each column as wide as its widest cell; numbers stand right. Columns that do not fit are left out, least needed first. */
import { fit, type Line, type Span, span, widthOf } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Width that it has at least, so that lines stand still while figures change. */
  readonly least?: number;
  /** Columns with the highest number go first when the width does not suffice; 0 stays. */
  readonly spare?: number;
  /** Takes what is left of the line and is cut there; only the last column. */
  readonly rest?: true;
}

/** A cell may have several tones. */
export type Cell = Span | readonly Span[];

const GAP = 2;
const INDENT = ' ';

/** Headings first; all lines fit into `width`. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): readonly Line[] {
  const widths = columns.map(({ title, least = 0 }, index) =>
    Math.max(title.length, least, ...rows.map((row) => widthOf(spansOf(row[index])))),
  );
  const shown = chooseColumns(columns, widths, width);
  // The first heading is the title of the whole table.
  const heading = columns.map(({ title }, index) => span(title, index === 0 ? 'title' : 'dim'));
  return [heading, ...rows].map((row) => fit(lineOf(columns, widths, shown, row), width));
}

function chooseColumns(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  let shown = columns.map((_, index) => index);
  const needed = (index: number) => (columns[index]?.rest === true ? 0 : (widths[index] ?? 0));
  const total = () => INDENT.length + shown.reduce((sum, index) => sum + needed(index) + GAP, -GAP);
  const spares = shown
    .filter((index) => (columns[index]?.spare ?? 0) > 0)
    .toSorted((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
  for (const index of spares) {
    if (total() <= width) break;
    shown = shown.filter((other) => other !== index);
  }
  return shown;
}

function lineOf(columns: readonly Column[], widths: readonly number[], shown: readonly number[], row: readonly Cell[]): Line {
  const line: Span[] = [span(INDENT)];
  for (const [place, index] of shown.entries()) {
    const cell = spansOf(row[index]);
    const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
    if (place > 0) line.push(span(' '.repeat(GAP)));
    if (columns[index]?.align === 'right') line.push(span(blanks), ...cell);
    else if (place === shown.length - 1) line.push(...cell);
    else line.push(...cell, span(blanks));
  }
  return line.filter(({ text }) => text !== '');
}

function spansOf(cell: Cell | undefined): Line {
  if (cell === undefined) return [];
  return 'text' in cell ? [cell] : cell;
}
