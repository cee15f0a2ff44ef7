/** The kinds of values a key can have. Each reads exactly one spelling of a value and says what it expected otherwise. */
import { type Decimal, decimal, isPlainDecimal } from '@fillwright/domain/decimal';
import { Secret } from '../ports/log.ts';
import type { EndpointRole, Key, KeyOptions, ParsedValue } from './key.ts';
import { isPlaceholder } from './placeholder.ts';

interface KindDetails<T> {
  readonly expected: string;
  readonly read: (text: string) => T | undefined;
  readonly isSecret?: boolean;
  readonly role?: EndpointRole;
}

function key<T>(options: KeyOptions, { expected, read, isSecret = false, role }: KindDetails<T>): Key<T> {
  const parse = (text: string): ParsedValue<T> => {
    const value = read(text);
    return value === undefined ? { ok: false, expected } : { ok: true, value };
  };
  return { type: 'key', ...options, expected, isSecret, ...(role === undefined ? {} : { role }), parse };
}

/** Any text, or text of a given form. */
export function text(options: KeyOptions & { readonly pattern?: RegExp; readonly expected?: string }): Key<string> {
  const { pattern = /^.+$/, expected = 'a text', ...rest } = options;
  return key(rest, { expected, read: (value) => (pattern.test(value) ? value : undefined) });
}

/** Comma-separated texts; empty parts are not allowed, an empty value is an empty list when the default says so. */
export function textList(options: KeyOptions & { readonly pattern?: RegExp; readonly expected?: string }): Key<readonly string[]> {
  const { pattern = /^\S+$/, expected = 'a comma-separated list', ...rest } = options;
  return key(rest, { expected, read: (value) => readList(value, (part) => (pattern.test(part) ? part : undefined), rest.default === '') });
}

export function integer(options: KeyOptions & { readonly min: number; readonly max: number }): Key<number> {
  const { min, max, ...rest } = options;
  const read = (value: string) => {
    if (!/^-?\d{1,15}$/.test(value)) return undefined;
    const number = Number(value);
    return number >= min && number <= max ? number : undefined;
  };
  return key(rest, { expected: `an integer from ${min} to ${max}`, read });
}

/** A duration in whole milliseconds. */
export function milliseconds(options: Omit<KeyOptions, 'unit'> & { readonly min: number; readonly max: number }): Key<number> {
  return integer({ unit: 'ms', ...options });
}

/** An exact decimal: money, sizes, ratios. */
export function decimalNumber(options: KeyOptions & { readonly min?: string; readonly max?: string }): Key<Decimal> {
  const { min, max, ...rest } = options;
  const read = (value: string) => {
    if (!isPlainDecimal(value)) return undefined;
    const number = decimal(value);
    if (min !== undefined && number.lt(decimal(min))) return undefined;
    if (max !== undefined && number.gt(decimal(max))) return undefined;
    return number;
  };
  return key(rest, { expected: `a decimal number${rangeText(min, max)}`, read });
}

export function boolean(options: KeyOptions): Key<boolean> {
  const read = (value: string) => (/^true$/i.test(value) ? true : /^false$/i.test(value) ? false : undefined);
  return key(options, { expected: 'true or false', read });
}

/** One of a few words, in any case; the value is spelled as in `words`. */
export function oneOf<const W extends readonly string[]>(words: W, options: KeyOptions): Key<W[number]> {
  const read = (value: string) => words.find((word) => word.toLowerCase() === value.toLowerCase());
  return key(options, { expected: `one of ${words.join(', ')}`, read });
}

const HOST = String.raw`(\*|[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])`;
const TCP = new RegExp(`^tcp://${HOST}:(\\d{1,5}|\\*)$`);
const OTHER_TRANSPORT = /^(ipc|inproc):\/\/\S+$/;

/** Whether ZeroMQ takes it; a wildcard host or port is for binding only. */
export function isEndpoint(value: string, role: EndpointRole): boolean {
  if (OTHER_TRANSPORT.test(value)) return true;
  const match = TCP.exec(value);
  if (match === null) return false;
  const binds = role.startsWith('bind');
  if (match[1] === '*' && !binds) return false;
  if (match[2] === '*') return binds;
  const port = Number(match[2]);
  return port <= 65_535 && (port > 0 || binds);
}

function endpointText(role: EndpointRole): string {
  return role.startsWith('bind') ? 'an endpoint to bind such as tcp://127.0.0.1:6001' : 'an endpoint such as tcp://127.0.0.1:6001';
}

export function endpoint(role: EndpointRole, options: KeyOptions): Key<string> {
  return key(options, { expected: endpointText(role), role, read: (value) => (isEndpoint(value, role) ? value : undefined) });
}

/** Comma-separated endpoints to connect to. */
export function endpoints(role: EndpointRole, options: KeyOptions): Key<readonly string[]> {
  const read = (value: string) => readList(value, (part) => (isEndpoint(part, role) ? part : undefined), options.default === '');
  return key(options, { expected: `${endpointText(role)}, several separated by commas`, role, read });
}

/** An absolute URL of one of the schemes, without credentials, query or fragment; a trailing slash is cut. */
export function url(schemes: readonly string[], options: KeyOptions): Key<string> {
  const read = (value: string) => {
    if (!URL.canParse(value)) return undefined;
    const parsed = new URL(value);
    const plain = parsed.username === '' && parsed.password === '' && parsed.search === '' && parsed.hash === '';
    return plain && schemes.includes(parsed.protocol.slice(0, -1)) ? value.replace(/\/+$/, '') : undefined;
  };
  return key(options, { expected: `a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, read });
}

/** A key or password: never printed, and refused while it is a placeholder. */
export function secret(options: KeyOptions): Key<Secret> {
  const read = (value: string) => (value === '' || isPlaceholder(value) ? undefined : new Secret(value));
  return key(options, { expected: 'a real value, not a placeholder', isSecret: true, read });
}

/** A file or folder; relative paths start at the working directory. */
export function path(options: KeyOptions): Key<string> {
  return key(options, { expected: 'a path', read: (value) => (value === '' || value.includes('\0') ? undefined : value) });
}

/** The same key, but it may be absent or empty: `undefined` then. */
export function optional<T>(inner: Key<T>): Key<T | undefined> {
  const parse = (value: string): ParsedValue<T | undefined> => (value === '' ? { ok: true, value: undefined } : inner.parse(value));
  return { ...inner, default: '', parse };
}

/** The same key in a process where its effect comes with a later release. */
export function later<T>(inner: Key<T>, effect: string): Key<T> {
  return { ...inner, later: effect };
}

function readList<T>(value: string, read: (part: string) => T | undefined, mayBeEmpty: boolean): readonly T[] | undefined {
  if (value.trim() === '') return mayBeEmpty ? [] : undefined;
  const list: T[] = [];
  for (const part of value.split(',')) {
    const item = read(part.trim());
    if (item === undefined) return undefined;
    list.push(item);
  }
  return list;
}

function rangeText(min: string | undefined, max: string | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}
