/**
 * JSON without loss: integers of 16 digits and more become strings before `JSON.parse`, so a 64-bit id never passes through a double.
 * Shorter integers stay numbers; numbers with a fraction or an exponent are left alone. Never throws.
 */
import { malformed, type Parsed, parsed } from './parsed.ts';

/** 2^53 has 16 digits: everything shorter is exact as a double. */
const LONG_RUN = /\d{16}/;
const LONG_INTEGER = /^-?\d{16,}$/;

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;

/** Any JSON text; an id of any length is then a string or a safe integer. */
export function parseLosslessJson(text: string): Parsed<unknown> {
  try {
    return parsed(JSON.parse(LONG_RUN.test(text) ? quoteLongIntegers(text) : text));
  } catch {
    return malformed(`not JSON: ${text.slice(0, 120)}`);
  }
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

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Digits, `.`, `+`, `-`, `e`, `E`. */
function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 46 || code === 43 || code === MINUS || code === 101 || code === 69;
}
