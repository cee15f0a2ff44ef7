/**
 * INI text as numbered lines. `ini` reads values but knows no line numbers, splits `[ACCOUNT.demo]` at the dot and lets a later
 * duplicate win silently; so each line goes through it alone, and what it would drop without a word becomes a bad line here.
 */
import { parse } from 'ini';

export type IniLine =
  | { readonly type: 'section'; readonly line: number; readonly name: string }
  | { readonly type: 'key'; readonly line: number; readonly key: string; readonly value: string }
  /** Its text is not kept: it may hold a secret. */
  | { readonly type: 'bad'; readonly line: number; readonly expected: string };

const SECTION = /^\[([^\][]+)\]\s*(?:[;#].*)?$/;

/** Blank lines and comments are left out. */
export function readIniLines(source: string): readonly IniLine[] {
  const lines: IniLine[] = [];
  const texts = source.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, raw] of texts.entries()) {
    const text = raw.trim();
    if (text === '' || text.startsWith(';') || text.startsWith('#')) continue;
    lines.push(readLine(text, index + 1));
  }
  return lines;
}

function readLine(text: string, line: number): IniLine {
  if (text.startsWith('[')) {
    const name = SECTION.exec(text)?.[1]?.trim();
    return name ? { type: 'section', line, name } : { type: 'bad', line, expected: 'a section such as [GLOBAL]' };
  }
  const entry = text.includes('=') ? Object.entries(parse(text)).at(0) : undefined;
  if (entry === undefined) return { type: 'bad', line, expected: 'KEY=value' };
  const [key, value] = entry;
  if (key === '' || typeof value === 'object') return { type: 'bad', line, expected: 'KEY=value' };
  return { type: 'key', line, key, value: typeof value === 'number' ? unquoted(text) : String(value) };
}

/** `ini` turns a value in single quotes into a number when it can, and so rounds long ones. */
function unquoted(text: string): string {
  return text
    .slice(text.indexOf('=') + 1)
    .trim()
    .slice(1, -1);
}
