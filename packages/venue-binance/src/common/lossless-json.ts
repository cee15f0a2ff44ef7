/**
 * JSON without loss: integers of 16 digits and more become strings before `JSON.parse`, so a 64-bit id never passes through a double.
 * Shorter integers stay numbers; numbers with a fraction or an exponent are left alone. Never throws.
 */
import { malformed, type Parsed, parsed } from './parsed.ts';

/** 2^53 has 16 digits: everything shorter is exact as a double. */
const LONG_RUN = /\d{16}/g;
const LONG_INTEGER = /^-?\d{16,}$/;

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const COLON = 58;
const COMMA = 44;
const CLOSING_BRACE = 125;

/** Any JSON text; an id of any length is then a string or a safe integer. */
export function parseLosslessJson(text: string): Parsed<unknown> {
  try {
    return parsed(JSON.parse(quoteLongMembers(text) ?? quoteLongIntegers(text)));
  } catch {
    return malformed(`not JSON: ${text.slice(0, 120)}`);
  }
}

/**
 * The ids of a venue are members, such as `"i":8389765591232323232,`, and the engine of regular expressions finds them without a look at
 * the rest. A quotation mark behind a letter or a digit ends a text, and one before a colon ends a name: what follows is no part of a text.
 * `undefined` when there are others: then everything is looked at.
 */
function quoteLongMembers(text: string): string | undefined {
  let out = '';
  let copied = 0;
  LONG_RUN.lastIndex = 0;
  while (LONG_RUN.test(text)) {
    const start = LONG_RUN.lastIndex - 16;
    let end = LONG_RUN.lastIndex;
    while (isDigit(text.charCodeAt(end))) end++;
    LONG_RUN.lastIndex = end;
    // The beginning of a text: it stays as it is.
    if (text.charCodeAt(start - 1) === QUOTE) continue;
    const next = text.charCodeAt(end);
    if (!isAfterName(text, start) || (next !== COMMA && next !== CLOSING_BRACE)) return undefined;
    out += `${text.slice(copied, start)}"${text.slice(start, end)}"`;
    copied = end;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

function isAfterName(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === COLON && text.charCodeAt(at - 2) === QUOTE && isLetterOrDigit(text.charCodeAt(at - 3));
}

/** One pass; what stands inside strings is copied untouched. */
function quoteLongIntegers(text: string): string {
  let out = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = afterString(text, at);
    else if (code === MINUS || isDigit(code)) {
      const end = afterNumber(text, at);
      if (end - at >= 16) {
        const token = text.slice(at, end);
        if (LONG_INTEGER.test(token)) {
          out += `${text.slice(copied, at)}"${token}"`;
          copied = end;
        }
      }
      at = end;
    } else at++;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

function afterString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

function afterNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++;
  return end;
}

function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Digits, `.`, `+`, `-`, `e`, `E`. */
function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 46 || code === 43 || code === MINUS || code === 101 || code === 69;
}
