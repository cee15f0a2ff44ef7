/**
 * One pass over received bytes before anything is built from them: well-formed msgpack, no floats, extensions or binary, text keys,
 * bounded depth, safe integers, lengths that the bytes can hold. What passes cannot make the decoder allocate or recurse beyond its input.
 */

/** Deepest nesting of arrays and maps; the deepest message of the contract has 8. */
export const MAX_DEPTH = 32;

/** Values still to come of each container around the one at hand; a map of n entries has 2n. Read and written within one call only. */
const outerLeft = new Float64Array(MAX_DEPTH + 1);
const outerIsMap = new Uint8Array(MAX_DEPTH + 1);

/** What is wrong with `bytes` as one msgpack value, or `undefined`. A loop, not a recursion: it runs over every byte that comes in. */
export function scanMsgpack(bytes: Uint8Array): string | undefined {
  const { length } = bytes;
  let at = 0;
  let depth = 0;
  let left = 1;
  let isMap = false;
  while (left > 0) {
    const type = bytes[at];
    if (type === undefined) return 'truncated';
    at += 1;
    if (isMap && (left & 1) === 0 && !isText(type)) return 'a map key that is not text';
    left -= 1;
    if (type >= 0xa0 && type < 0xc0) at += type & 0x1f;
    else if (type >= 0x80 && type < 0xe0) {
      if (type >= 0xcc && type <= 0xd3) {
        if ((type & 3) === 3 && at + 8 <= length && !isSafe(bytes, at, type === 0xd3)) return 'an integer beyond 2^53';
        at += 1 << (type & 3);
      } else if (type >= 0xd9 && type <= 0xdb) {
        const width = 1 << (type - 0xd9);
        at += width + uint(bytes, at, width);
      } else if (type < 0xa0 || type >= 0xdc) {
        const width = type < 0xa0 ? 0 : (type & 1) === 0 ? 2 : 4;
        const count = width === 0 ? type & 0x0f : uint(bytes, at, width);
        at += width;
        if (depth >= MAX_DEPTH) return 'nested too deep';
        outerLeft[depth] = left;
        outerIsMap[depth] = isMap ? 1 : 0;
        depth += 1;
        isMap = type < 0x90 || type >= 0xde;
        left = isMap ? count * 2 : count;
        if (left > length - at) return 'truncated';
      } else if (type !== 0xc0 && type !== 0xc2 && type !== 0xc3) return refusal(type);
    }
    while (left === 0 && depth > 0) {
      depth -= 1;
      left = outerLeft[depth] ?? 0;
      isMap = outerIsMap[depth] === 1;
    }
  }
  if (at > length) return 'truncated';
  return at === length ? undefined : `${length - at} bytes after the value`;
}

function isText(type: number): boolean {
  return (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb);
}

function refusal(type: number): string {
  if (type === 0xca || type === 0xcb) return 'a float';
  if (type >= 0xc4 && type <= 0xc6) return 'binary data';
  return type === 0xc1 ? 'an unused type byte' : 'an extension type';
}

function isSafe(bytes: Uint8Array, at: number, signed: boolean): boolean {
  const high = uint(bytes, at, 4);
  if (!signed || high < 0x80000000) return high < 0x200000;
  return high > 0xffe00000 || (high === 0xffe00000 && uint(bytes, at + 4, 4) > 0);
}

/** Bytes beyond the end count as zero: who reads there is found to be beyond it. */
function uint(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
