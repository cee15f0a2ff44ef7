/** A msgpack walker for tests, independent of the codec: lists every value with its type byte. */

export interface WireItem {
  readonly kind: 'map' | 'array' | 'text' | 'key' | 'boolean' | 'nil' | 'integer' | 'float' | 'extension' | 'binary';
  readonly typeByte: number;
  readonly value?: string | bigint;
}

const WIDTH = [1, 2, 4, 8] as const;

export function walk(bytes: Uint8Array): WireItem[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: WireItem[] = [];
  let at = 0;

  function uint(width: number): number {
    const value = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return value;
  }
  function text(typeByte: number, length: number, isKey: boolean): void {
    const value = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, at + length));
    at += length;
    items.push({ kind: isKey ? 'key' : 'text', typeByte, value });
  }
  function container(kind: 'map' | 'array', typeByte: number, count: number): void {
    items.push({ kind, typeByte });
    for (let i = 0; i < count; i += 1) {
      if (kind === 'map') one(true);
      one(false);
    }
  }
  function integer(typeByte: number): void {
    const width = WIDTH[typeByte & 3] ?? 1;
    const isSigned = typeByte >= 0xd0;
    let value = 0n;
    for (let i = 0; i < width; i += 1) value = (value << 8n) | BigInt(view.getUint8(at + i));
    at += width;
    items.push({ kind: 'integer', typeByte, value: isSigned ? BigInt.asIntN(width * 8, value) : value });
  }
  function one(isKey: boolean): void {
    const type = uint(1);
    if (type < 0x80 || type >= 0xe0) items.push({ kind: 'integer', typeByte: type, value: BigInt(type < 0x80 ? type : type - 256) });
    else if (type < 0x90) container('map', type, type & 15);
    else if (type < 0xa0) container('array', type, type & 15);
    else if (type < 0xc0) text(type, type & 31, isKey);
    else if (type === 0xc0) items.push({ kind: 'nil', typeByte: type });
    else if (type === 0xc2 || type === 0xc3) items.push({ kind: 'boolean', typeByte: type });
    else if (type === 0xca || type === 0xcb) at += items.push({ kind: 'float', typeByte: type }) && type === 0xca ? 4 : 8;
    else if (type >= 0xcc && type <= 0xd3) integer(type);
    else if (type >= 0xd9 && type <= 0xdb) text(type, uint(WIDTH[type - 0xd9] ?? 1), isKey);
    else if (type === 0xdc || type === 0xdd) container('array', type, uint(type === 0xdc ? 2 : 4));
    else if (type === 0xde || type === 0xdf) container('map', type, uint(type === 0xde ? 2 : 4));
    else throw new Error(`type byte 0x${type.toString(16)} at ${at - 1} is ${type < 0xc7 ? 'binary or unused' : 'an extension'}`);
  }

  one(false);
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes after the value`);
  return items;
}
