/** JSON text with bare integers of any size: order ids reach 19 digits and must not pass through a double. */

export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

const PLAIN_TEXT = /^[\w .:/+@-]*$/;

/** `"name":`, once per name. The names are those the venue's own code writes; a bound guards against more. */
const labels = new Map<string, string>();
const LABELS_KEPT = 10_000;

function label(name: string): string {
  const known = labels.get(name);
  if (known !== undefined) return known;
  const made = `${JSON.stringify(name)}:`;
  if (labels.size < LABELS_KEPT) labels.set(name, made);
  return made;
}

/** Like `JSON.stringify`, but a bigint is printed as a bare integer. Members that are undefined are left out. */
export function jsonText(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return PLAIN_TEXT.test(value) ? `"${value}"` : JSON.stringify(value);
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    default:
      return value === null ? 'null' : compound(value);
  }
}

function compound(value: readonly JsonValue[] | { readonly [key: string]: JsonValue }): string {
  let out = '';
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) out += out === '' ? jsonText(item) : `,${jsonText(item)}`;
    return `[${out}]`;
  }
  const object = value as { readonly [key: string]: JsonValue };
  for (const key in object) {
    const member = object[key];
    if (member === undefined) continue;
    if (out !== '') out += ',';
    out += label(key) + jsonText(member);
  }
  return `{${out}}`;
}
