/**
 * The whole screen as lines: pure, for any size from 80 × 24 up. Wide terminals get two columns; on low ones the lists that can grow
 * (orders, fills) give way first.
 */
import { headerLines } from './header-section.ts';
import { marketLines } from './market-section.ts';
import { fillLines, orderLines } from './order-section.ts';
import { positionLines } from './position-section.ts';
import { processLines } from './process-section.ts';
import type { ScreenState } from './screen-state.ts';
import { fill, fit, type Line, span } from './text.ts';

/** Two columns, each wide enough for every table. */
const TWO_COLUMNS_FROM = 164;
const DIVIDER = ' │ ';

interface Section {
  readonly lines: readonly Line[];
  /** Lines it keeps when there is little room. */
  readonly least: number;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export function renderScreen(state: ScreenState, { columns, rows }: ScreenSize): readonly Line[] {
  const header = headerLines(state, columns);
  const room = Math.max(0, rows - header.length - 1);
  const body = columns >= TWO_COLUMNS_FROM ? twoColumns(state, columns, room) : stack(sections(state, columns), room);
  const blanks = Array.from({ length: Math.max(0, room - body.length) }, (): Line => []);
  return [...header, ...body, ...blanks, footer()].slice(0, rows).map((line) => fit(line, columns));
}

function sections(state: ScreenState, width: number): readonly Section[] {
  const { desk, processes, nowUs } = state;
  const positions = positionLines(desk.positions, desk.balances, desk.markets, width);
  return [
    keep(processLines(processes, width), 6),
    keep(marketLines(desk.markets, width), 3),
    keep(positions, positions.length),
    keep(orderLines(desk.orders, desk.markets, nowUs, width), 4),
    keep(fillLines(desk.fills, desk.markets, width), 3),
  ];
}

function twoColumns(state: ScreenState, columns: number, rows: number): readonly Line[] {
  const width = Math.floor((columns - DIVIDER.length) / 2);
  const [processes, market, positions, orders, fills] = sections(state, width) as [Section, Section, Section, Section, Section];
  const left = stack([processes, orders], rows);
  const right = stack([market, positions, fills], rows);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row): Line => {
    return [...fill(left[row] ?? [], width), span(DIVIDER, 'dim'), ...fit(right[row] ?? [], width)];
  });
}

function keep(lines: readonly Line[], least: number): Section {
  return { lines, least: Math.min(least, lines.length) };
}

/** One under the other, with a blank line between where there is room; what is left goes to whoever has more to show, in turn. */
function stack(parts: readonly Section[], rows: number): readonly Line[] {
  const shown = parts.map(({ least }) => least);
  const gap = sum(shown) + parts.length <= rows ? 1 : 0;
  let left = rows - sum(shown) - gap * parts.length;
  for (let moved = true; moved && left > 0; ) {
    moved = false;
    for (const [index, { lines }] of parts.entries()) {
      const count = shown[index] ?? 0;
      if (left <= 0 || count >= lines.length) continue;
      shown[index] = count + 1;
      left -= 1;
      moved = true;
    }
  }
  const blank: readonly Line[] = gap === 1 ? [[]] : [];
  return parts.flatMap(({ lines }, index) => [...blank, ...lines.slice(0, shown[index])]).slice(0, rows);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function footer(): Line {
  return [
    span(' Ctrl-C', 'accent'),
    span(' stops all in order', 'dim'),
    span('   npx fillwright control --help', 'accent'),
    span(' pause, resume …', 'dim'),
  ];
}
