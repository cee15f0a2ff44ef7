// FROM THE LEAD: do not replace msgpackr: the product must use it (a requirement), and our own codec is not what Fillwright exists for.
// Revert this file and codec.ts to msgpackr (git checkout of your own paths is allowed here); keep the byte scan. State the honest ratio instead.
/**
 * Received bytes → plain values in one pass that trusts nothing: well-formed msgpack, no floats, extensions or binary, text keys, bounded
 * depth, safe integers, lengths that the bytes can hold. No input makes it allocate or recurse beyond its size, and none makes it throw.
 */

/** Deepest nesting of arrays and maps; the deepest message of the contract has 8. */
export const MAX_DEPTH = 32;

export type MsgpackRead = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: string };

/** Longer text is rarely the same twice. */
const SHORT_TEXT = 32;
/** A power of two. */
const SLOTS = 1024;

/**
 * Short texts that came before, by their bytes: keys, names and words come again and again, and to look one up costs a third of making it.
 * A slot holds the one that came last: strangers can make it slower, never larger. Keys apart, since values that never repeat pass too.
 */
const knownKeys: string[] = new Array<string>(SLOTS).fill('');
const knownValues: string[] = new Array<string>(SLOTS).fill('');

let source: Buffer = Buffer.alloc(0);
let at = 0;
let fault: string | undefined;

export function readMsgpack(body: Uint8Array): MsgpackRead {
  source = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  at = 0;
  fault = undefined;
  const value = readValue(0);
  if (fault === undefined && at !== source.length) fault = `${source.length - at} bytes after the value`;
  return fault === undefined ? { ok: true, value } : { ok: false, fault };
}

/** Undefined, and nothing more is read. */
function fail(text: string): undefined {
  fault ??= text;
  return undefined;
}

function readValue(depth: number): unknown {
  const type = source[at];
  if (type === undefined) return fail('truncated');
  at += 1;
  if (type < 0x80) return type;
  if (type >= 0xe0) return type - 0x100;
  if (type < 0x90) return readMap(type & 0x0f, depth + 1);
  if (type < 0xa0) return readList(type & 0x0f, depth + 1);
  if (type < 0xc0) return readText(type & 0x1f, knownValues);
  return readTyped(type, depth);
}

function readTyped(type: number, depth: number): unknown {
  switch (type) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xcc:
    case 0xcd:
    case 0xce:
      return readUint(1 << (type - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
      return readInt(1 << (type - 0xd0));
    case 0xcf:
    case 0xd3:
      return readInt64(type === 0xd3);
    case 0xd9:
    case 0xda:
    case 0xdb:
      return readText(readUint(1 << (type - 0xd9)), knownValues);
    case 0xdc:
    case 0xdd:
      return readList(readUint(2 << (type - 0xdc)), depth + 1);
    case 0xde:
    case 0xdf:
      return readMap(readUint(2 << (type - 0xde)), depth + 1);
    case 0xca:
    case 0xcb:
      return fail('a float');
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return fail('binary data');
    case 0xc1:
      return fail('an unused type byte');
    default:
      return fail('an extension type');
  }
}

/** Undefined after a fault. */
function readUint(width: number): number | undefined {
  if (at + width > source.length) return fail('truncated');
  let value = 0;
  for (let index = 0; index < width; index += 1) value = value * 0x100 + (source[at++] ?? 0);
  return value;
}

function readInt(width: number): number | undefined {
  const value = readUint(width);
  const limit = 2 ** (8 * width);
  return value === undefined || value < limit / 2 ? value : value - limit;
}

function readInt64(signed: boolean): number | undefined {
  if (at + 8 > source.length) return fail('truncated');
  const high = signed ? source.readInt32BE(at) : source.readUInt32BE(at);
  const value = high * 0x1_0000_0000 + source.readUInt32BE(at + 4);
  at += 8;
  return Number.isSafeInteger(value) ? value : fail('an integer beyond 2^53');
}

function readText(length: number | undefined, known: string[]): string | undefined {
  if (length === undefined) return undefined;
  const begin = at;
  const end = begin + length;
  if (end > source.length) return fail('truncated');
  at = end;
  if (length > SHORT_TEXT) return source.toString('utf8', begin, end);
  let hash = length;
  let bits = 0;
  for (let index = begin; index < end; index += 1) {
    const byte = source[index] ?? 0;
    hash = (Math.imul(hash, 31) + byte) | 0;
    bits |= byte;
  }
  if (bits >= 0x80) return source.toString('utf8', begin, end);
  const slot = hash & (SLOTS - 1);
  const candidate = known[slot] ?? '';
  if (isAt(candidate, begin, length)) return candidate;
  const text = source.toString('latin1', begin, end);
  known[slot] = text;
  return text;
}

function isAt(text: string, begin: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) !== source[begin + index]) return false;
  return true;
}

function readList(count: number | undefined, depth: number): unknown[] | undefined {
  if (count === undefined) return undefined;
  if (depth > MAX_DEPTH) return fail('nested too deep');
  if (count > source.length - at) return fail('truncated');
  const list: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    list.push(readValue(depth));
    if (fault !== undefined) return undefined;
  }
  return list;
}

function readMap(count: number | undefined, depth: number): Record<string, unknown> | undefined {
  if (count === undefined) return undefined;
  if (depth > MAX_DEPTH) return fail('nested too deep');
  if (count * 2 > source.length - at) return fail('truncated');
  const map: Record<string, unknown> = {};
  for (let index = 0; index < count; index += 1) {
    const key = readKey();
    if (key === undefined) return undefined;
    map[key] = readValue(depth);
    if (fault !== undefined) return undefined;
  }
  return map;
}

function readKey(): string | undefined {
  const type = source[at];
  if (type === undefined) return fail('truncated');
  const isText = (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb);
  if (!isText) return fail('a map key that is not text');
  at += 1;
  const length = type < 0xc0 ? type & 0x1f : readUint(1 << (type - 0xd9));
  if (length === undefined) return undefined;
  const key = readText(length, knownKeys);
  // Assigned, it would be no member but another prototype.
  return key === '__proto__' ? fail('a map key __proto__') : key;
}
