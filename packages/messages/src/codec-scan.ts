/**
 * One pass over received bytes before anything is built from them: well-formed msgpack, no floats, extensions or binary, text keys,
 * bounded depth, safe integers, lengths that the bytes can hold. What passes cannot make the decoder allocate or recurse beyond its input.
 */

/** Deepest nesting of arrays and maps; the deepest message of the contract has 8. */
export const MAX_DEPTH = 32;

const SCAN_ERRORS = {
  truncated: -1,
  'nested too deep': -2,
  'a float': -3,
  'an extension type': -4,
  'binary data': -5,
  'a map key that is not text': -6,
  'an integer beyond 2^53': -7,
  'an unused type byte': -8,
} as const;

const TRUNCATED = SCAN_ERRORS.truncated;

/** What is wrong with `bytes` as one msgpack value, or `undefined`. */
export function scanMsgpack(bytes: Uint8Array): string | undefined {
  const end = skipValue(bytes, 0, 0);
  if (end === bytes.length) return undefined;
  if (end >= 0) return `${bytes.length - end} bytes after the value`;
  for (const [text, code] of Object.entries(SCAN_ERRORS)) if (code === end) return text;
  return 'not msgpack';
}

/** Position after the value at `at`, or a negative code of `SCAN_ERRORS`. */
function skipValue(bytes: Uint8Array, at: number, depth: number): number {
  const type = bytes[at];
  if (type === undefined) return TRUNCATED;
  if (type < 0x80 || type >= 0xe0) return at + 1;
  if (type < 0x90) return skipMap(bytes, at + 1, type & 0x0f, depth + 1);
  if (type < 0xa0) return skipArray(bytes, at + 1, type & 0x0f, depth + 1);
  if (type < 0xc0) return within(bytes, at + 1 + (type & 0x1f));
  if (type >= 0xcc && type <= 0xd3) return skipInteger(bytes, at + 1, type);
  switch (type) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return at + 1;
    case 0xd9:
    case 0xda:
    case 0xdb: {
      const width = type === 0xd9 ? 1 : type === 0xda ? 2 : 4;
      return at + width >= bytes.length ? textAtEnd(bytes, at, width) : within(bytes, at + 1 + width + uint(bytes, at + 1, width));
    }
    case 0xdc:
    case 0xdd: {
      const width = type === 0xdc ? 2 : 4;
      return at + width >= bytes.length ? TRUNCATED : skipArray(bytes, at + 1 + width, uint(bytes, at + 1, width), depth + 1);
    }
    case 0xde:
    case 0xdf: {
      const width = type === 0xde ? 2 : 4;
      return at + width >= bytes.length ? TRUNCATED : skipMap(bytes, at + 1 + width, uint(bytes, at + 1, width), depth + 1);
    }
    case 0xca:
    case 0xcb:
      return SCAN_ERRORS['a float'];
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return SCAN_ERRORS['binary data'];
    case 0xc1:
      return SCAN_ERRORS['an unused type byte'];
    default:
      return SCAN_ERRORS['an extension type'];
  }
}

/** A long string whose header ends the bytes: fine only when it is empty. */
function textAtEnd(bytes: Uint8Array, at: number, width: number): number {
  const headerEnd = at + 1 + width;
  return headerEnd === bytes.length && uint(bytes, at + 1, width) === 0 ? headerEnd : TRUNCATED;
}

function skipArray(bytes: Uint8Array, start: number, count: number, depth: number): number {
  if (depth > MAX_DEPTH) return SCAN_ERRORS['nested too deep'];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    at = skipValue(bytes, at, depth);
    if (at < 0) return at;
  }
  return at;
}

function skipMap(bytes: Uint8Array, start: number, count: number, depth: number): number {
  if (depth > MAX_DEPTH) return SCAN_ERRORS['nested too deep'];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    const key = bytes[at];
    if (key === undefined) return TRUNCATED;
    const isText = (key >= 0xa0 && key < 0xc0) || (key >= 0xd9 && key <= 0xdb);
    if (!isText) return SCAN_ERRORS['a map key that is not text'];
    at = skipValue(bytes, at, depth);
    if (at < 0) return at;
    at = skipValue(bytes, at, depth);
    if (at < 0) return at;
  }
  return at;
}

function skipInteger(bytes: Uint8Array, at: number, type: number): number {
  const width = 1 << (type & 3);
  const end = within(bytes, at + width);
  if (end < 0 || width < 8) return end;
  const high = uint(bytes, at, 4);
  const isNegative = type === 0xd3 && high >= 0x80000000;
  const isSafe = isNegative ? high > 0xffe00000 || (high === 0xffe00000 && uint(bytes, at + 4, 4) > 0) : high < 0x200000;
  return isSafe ? end : SCAN_ERRORS['an integer beyond 2^53'];
}

function within(bytes: Uint8Array, end: number): number {
  return end <= bytes.length ? end : TRUNCATED;
}

function uint(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
