/** Turns fields of any kind into plain JSON values of bounded size, with secrets removed and errors spelled out. Never throws. */
import { AppError } from '../app-error.ts';
import { Secret } from '../ports/log.ts';

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;
const MAX_CAUSES = 5;
/** Keys of the line itself. */
const RESERVED: ReadonlySet<string> = new Set(['ts', 'level', 'proc', 'event', 'alert']);

export type Scrub = (text: string) => string;

export function plainFields(fields: Readonly<Record<string, unknown>>, scrub: Scrub): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) plain[RESERVED.has(name) ? `${name}_` : name] = plainValue(value, scrub, 0);
  }
  return plain;
}

function plainValue(value: unknown, scrub: Scrub, depth: number): unknown {
  if (typeof value === 'string') return plainText(value, scrub);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.toJSON();
  if (value instanceof Error) return plainError(value, scrub, depth, 0);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[deep]';
  return plainObject(value, scrub, depth + 1);
}

function plainObject(value: object, scrub: Scrub, depth: number): unknown {
  try {
    if ('toJSON' in value && typeof value.toJSON === 'function') return plainValue(value.toJSON(), scrub, depth);
    if (Array.isArray(value) || value instanceof Set) return plainList([...value], scrub, depth);
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    const plain = entries.slice(0, MAX_ITEMS).map(([name, item]) => [String(name), plainValue(item, scrub, depth)]);
    return Object.fromEntries(plain);
  } catch (error) {
    // A getter or toJSON of the value threw; a log line is no reason to fail.
    return `[unreadable: ${error instanceof Error ? error.name : 'unknown'}]`;
  }
}

function plainList(items: readonly unknown[], scrub: Scrub, depth: number): unknown {
  const plain = items.slice(0, MAX_ITEMS).map((item) => plainValue(item, scrub, depth));
  return items.length > MAX_ITEMS ? [...plain, `[${items.length - MAX_ITEMS} more]`] : plain;
}

/** Code and cause always; the stack only of errors that were not expected, which are bugs. */
function plainError(error: Error, scrub: Scrub, depth: number, causes: number): Record<string, unknown> {
  const code: unknown = 'code' in error ? error.code : undefined;
  const details = error instanceof AppError && depth < MAX_DEPTH ? plainObject(error.details, scrub, depth + 1) : undefined;
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: plainText(error.message, scrub),
    ...(details !== undefined && Object.keys(details as object).length > 0 ? { details } : {}),
    ...(error instanceof AppError || error.stack === undefined ? {} : { stack: plainText(error.stack, scrub) }),
    ...causeOf(error, scrub, depth, causes),
  };
}

function causeOf(error: Error, scrub: Scrub, depth: number, causes: number): Record<string, unknown> {
  if (error.cause === undefined || causes >= MAX_CAUSES) return {};
  const cause =
    error.cause instanceof Error ? plainError(error.cause, scrub, depth, causes + 1) : plainValue(error.cause, scrub, depth + 1);
  return { cause };
}

/** Scrubbed before it is cut: half a secret at the cut would stay. */
function plainText(text: string, scrub: Scrub): string {
  const clean = scrub(text);
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}… [${clean.length - MAX_TEXT} more]` : clean;
}
