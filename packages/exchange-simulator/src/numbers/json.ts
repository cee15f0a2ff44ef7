/** JSON text with bare integers of any size: order ids reach 19 digits and must not pass through a double. */

/** Text that goes out as it is; made by `jsonInteger` only. */
interface BareInteger {
  readonly rawJSON: string;
}

/** JSON that is printed already; only ever a whole answer. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): never {
    throw new Error('printed JSON is a whole answer, never a part of one');
  }
}

export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | BareInteger
  | JsonText
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The compiler's library does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): BareInteger };

/** Every digit, but a number where a double holds it: those print several times as fast. */
function jsonInteger(value: bigint): number | BareInteger {
  const double = Number(value);
  return Number.isSafeInteger(double) ? double : rawJSON(value.toString());
}

/** Like `JSON.stringify`, but a bigint is printed as a bare integer. Members that are undefined are left out. */
export function jsonText(value: JsonValue): string {
  if (value instanceof JsonText) return value.text;
  return JSON.stringify(withoutBigInts(value)) ?? 'null';
}

/** The value itself where nothing in it is a bigint. */
function withoutBigInts(value: JsonValue): JsonValue {
  if (typeof value === 'bigint') return jsonInteger(value);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? listWithout(value as readonly JsonValue[]) : objectWithout(value as { readonly [key: string]: JsonValue });
}

function listWithout(list: readonly JsonValue[]): readonly JsonValue[] {
  let copy: JsonValue[] | undefined;
  for (let n = 0; n < list.length; n += 1) {
    const item = list[n];
    const plain = withoutBigInts(item);
    if (plain === item) continue;
    copy ??= [...list];
    copy[n] = plain;
  }
  return copy ?? list;
}

function objectWithout(object: { readonly [key: string]: JsonValue }): { readonly [key: string]: JsonValue } {
  let copy: Record<string, JsonValue> | undefined;
  for (const key in object) {
    const member = object[key];
    if (typeof member !== 'bigint' && (typeof member !== 'object' || member === null)) continue;
    const plain = withoutBigInts(member);
    if (plain === member) continue;
    copy ??= { ...object };
    copy[key] = plain;
  }
  return copy ?? object;
}
