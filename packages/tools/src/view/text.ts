/** Text with tones, measured and cut before it is coloured: what the screen is made of. */

export type Tone = 'plain' | 'dim' | 'bold' | 'title' | 'good' | 'bad' | 'warn' | 'accent' | 'alarm';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen. */
export type Line = readonly Span[];

/** SGR codes from the 16 basic colours, which every terminal theme makes readable. */
const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '2',
  bold: '1',
  title: '1;36',
  good: '32',
  bad: '31',
  warn: '33',
  accent: '36',
  alarm: '1;37;41',
};

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** Characters on the screen; all our text is single-width. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + [...text].length, 0);
}

/** At most `width` characters; what was cut shows as `…`. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width) return text;
  return width <= 0 ? '' : `${letters.slice(0, width - 1).join('')}…`;
}

export function fit(line: Line, width: number): Line {
  if (widthOf(line) <= width) return line;
  const kept: Span[] = [];
  let left = width;
  for (const { text, tone } of line) {
    if (left <= 0) break;
    const part = cut(text, left);
    kept.push({ text: part, tone });
    left -= [...part].length;
  }
  return kept;
}

/** Filled with blanks up to `width`, or cut. */
export function fill(line: Line, width: number): Line {
  const fitted = fit(line, width);
  const missing = width - widthOf(fitted);
  return missing > 0 ? [...fitted, span(' '.repeat(missing))] : fitted;
}

export function lineText(line: Line, colours: boolean): string {
  return line.map(({ text, tone }) => (colours && CODES[tone] !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text)).join('');
}

/** `left … right`, the right one kept whole as long as it can be. */
export function spread(left: Line, right: Line, width: number): Line {
  const gap = width - widthOf(left) - widthOf(right);
  if (gap >= 1) return [...left, span(' '.repeat(gap)), ...right];
  return fit([...fit(left, Math.max(0, width - widthOf(right) - 1)), span(' '), ...right], width);
}
