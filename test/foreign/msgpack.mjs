/** As much msgpack as docs/wire.md asks for: maps, text, integers, booleans, lists. Anything else on the wire is a fault of the sender. */

export function encode(value) {
  const parts = [];
  write(value, parts);
  return Buffer.concat(parts);
}

export function decode(bytes) {
  const reader = { bytes, at: 0 };
  const value = read(reader);
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes after the end`);
  return value;
}

function write(value, parts) {
  if (typeof value === 'boolean') parts.push(Buffer.from([value ? 0xc3 : 0xc2]));
  else if (typeof value === 'number') parts.push(integer(value));
  else if (typeof value === 'string') {
    const text = Buffer.from(value);
    parts.push(head(text.length, 0xa0, 32, [0xd9, 0xda, 0xdb]), text);
  } else if (Array.isArray(value)) {
    parts.push(head(value.length, 0x90, 16, [undefined, 0xdc, 0xdd]));
    for (const item of value) write(item, parts);
  } else {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    parts.push(head(members.length, 0x80, 16, [undefined, 0xde, 0xdf]));
    for (const [key, member] of members) {
      write(key, parts);
      write(member, parts);
    }
  }
}

function head(length, fix, fixLimit, [byte, short, long]) {
  if (length < fixLimit) return Buffer.from([fix | length]);
  if (byte !== undefined && length < 256) return Buffer.from([byte, length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 5);
  bytes[0] = length < 65_536 ? short : long;
  bytes.writeUIntBE(length, 1, bytes.length - 1);
  return bytes;
}

function integer(value) {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`);
  if (value >= 0 && value < 128) return Buffer.from([value]);
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xd3;
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

function read(reader) {
  const tag = reader.bytes[reader.at++];
  if (tag === undefined) throw new Error('cut short');
  if (tag < 0x80) return tag;
  if (tag >= 0xe0) return tag - 0x100;
  if (tag < 0x90) return map(reader, tag & 15);
  if (tag < 0xa0) return list(reader, tag & 15);
  if (tag < 0xc0) return text(reader, tag & 31);
  if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
  if (tag >= 0xcc && tag <= 0xce) return number(reader, 1 << (tag - 0xcc), false);
  if (tag >= 0xd0 && tag <= 0xd2) return number(reader, 1 << (tag - 0xd0), true);
  if (tag === 0xcf || tag === 0xd3) return big(reader, tag === 0xd3);
  if (tag >= 0xd9 && tag <= 0xdb) return text(reader, number(reader, 1 << (tag - 0xd9), false));
  if (tag === 0xdc || tag === 0xdd) return list(reader, number(reader, tag === 0xdc ? 2 : 4, false));
  if (tag === 0xde || tag === 0xdf) return map(reader, number(reader, tag === 0xde ? 2 : 4, false));
  throw new Error(`0x${tag.toString(16)} has no place on this wire`);
}

function number(reader, size, isSigned) {
  const value = isSigned ? reader.bytes.readIntBE(reader.at, size) : reader.bytes.readUIntBE(reader.at, size);
  reader.at += size;
  return value;
}

function big(reader, isSigned) {
  const value = Number(isSigned ? reader.bytes.readBigInt64BE(reader.at) : reader.bytes.readBigUInt64BE(reader.at));
  reader.at += 8;
  if (!Number.isSafeInteger(value)) throw new Error('an integer beyond 2^53');
  return value;
}

function text(reader, length) {
  reader.at += length;
  return reader.bytes.toString('utf8', reader.at - length, reader.at);
}

function list(reader, length) {
  return Array.from({ length }, () => read(reader));
}

function map(reader, length) {
  return Object.fromEntries(Array.from({ length }, () => [read(reader), read(reader)]));
}
