/**
 * Plain values to standard msgpack, in one pass: text, safe integers (those beyond 32 bits as int64), booleans, lists and maps, each in its
 * shortest form; undefined members are left out, anything else is refused. Small on purpose: it stands before every byte that leaves.
 */
import { MAX_DEPTH } from './codec-scan.ts';
import { MessageError } from './message-error.ts';

/** Many messages share one buffer of this size; none is ever written to again. */
const SHARED_BYTES = 8_192;
/** A value that needed more leaves no buffer of its size behind: whoever keeps a small message must not keep a large buffer with it. */
const LARGE_BYTES = 65_536;
/** From here on the engine's own encoder is faster than a loop over characters. */
const LONG_TEXT = 64;
const UINT32 = 0x1_0000_0000;

let buffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
/** Where the next value begins, and where the next byte goes. */
let start = 0;
let at = 0;

/** What was encoded before, to stand in another value as it is. */
export class Packed {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** The bytes are a view into a shared buffer, never written to again. `depth` levels lie around the value. @throws MessageError */
export function writeMsgpack(value: unknown, path: string, depth: number): Uint8Array {
  at = start;
  write(value, path, depth);
  const bytes = buffer.subarray(start, at);
  start = at;
  if (buffer.length > LARGE_BYTES) {
    buffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
    start = 0;
  }
  return bytes;
}

function write(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') writeText(value);
  else if (typeof value === 'number') writeInteger(value, path);
  else if (typeof value === 'boolean') {
    room(1);
    buffer[at++] = value ? 0xc3 : 0xc2;
  } else if (depth > MAX_DEPTH) throw new MessageError('MSG_UNENCODABLE', `${path} is nested deeper than ${MAX_DEPTH}`);
  else if (Array.isArray(value)) {
    writeCount(value.length, 0x90, 0xdc);
    for (const item of value) write(item, path, depth + 1);
  } else if (value instanceof Packed) {
    room(value.bytes.length);
    buffer.set(value.bytes, at);
    at += value.bytes.length;
  } else if (isPlainObject(value)) writeMap(value, depth);
  else throw new MessageError('MSG_UNENCODABLE', `${path} is ${describe(value)}; only text, integers, maps, lists`);
}

function writeMap(map: Readonly<Record<string, unknown>>, depth: number): void {
  let count = 0;
  for (const key in map) if (map[key] !== undefined) count += 1;
  writeCount(count, 0x80, 0xde);
  for (const key in map) {
    const member = map[key];
    if (member === undefined) continue;
    writeText(key);
    write(member, key, depth + 1);
  }
}

/** `short` = the type byte that holds counts up to 15, `long` = the one before 16 bits; 32 bits follow it. */
function writeCount(count: number, short: number, long: number): void {
  room(5);
  if (count < 0x10) buffer[at++] = short | count;
  else if (count < 0x10000) {
    buffer[at++] = long;
    writeUint16(count);
  } else {
    buffer[at++] = long + 1;
    writeUint32(count);
  }
}

function writeText(text: string): void {
  const { length } = text;
  room(length * 3 + 5);
  if (length >= LONG_TEXT || !writeShortAscii(text, length)) writeAnyText(text.isWellFormed() ? text : text.toWellFormed());
}

/** False, and nothing written, when a character is none of ASCII. */
function writeShortAscii(text: string, length: number): boolean {
  const header = length < 0x20 ? 1 : 2;
  let to = at + header;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    buffer[to++] = code;
  }
  if (header === 1) buffer[at] = 0xa0 | length;
  else {
    buffer[at] = 0xd9;
    buffer[at + 1] = length;
  }
  at = to;
  return true;
}

function writeAnyText(text: string): void {
  const length = Buffer.byteLength(text);
  if (length < 0x20) buffer[at++] = 0xa0 | length;
  else if (length < 0x100) {
    buffer[at++] = 0xd9;
    buffer[at++] = length;
  } else if (length < 0x10000) {
    buffer[at++] = 0xda;
    writeUint16(length);
  } else {
    buffer[at++] = 0xdb;
    writeUint32(length);
  }
  at += buffer.write(text, at, length, 'utf8');
}

function writeInteger(value: number, path: string): void {
  if (!Number.isSafeInteger(value)) {
    throw new MessageError('MSG_FLOAT', `${path} is ${value}; only safe integers travel as numbers, amounts travel as decimal strings`);
  }
  room(9);
  if (value >= UINT32 || value < -0x80000000) {
    buffer[at++] = 0xd3;
    writeUint32(Math.floor(value / UINT32));
    writeUint32(value % UINT32);
  } else if (value >= 0) writeUnsigned(value);
  else writeNegative(value);
}

function writeUnsigned(value: number): void {
  if (value < 0x80) buffer[at++] = value;
  else if (value < 0x100) {
    buffer[at++] = 0xcc;
    buffer[at++] = value;
  } else if (value < 0x10000) {
    buffer[at++] = 0xcd;
    writeUint16(value);
  } else {
    buffer[at++] = 0xce;
    writeUint32(value);
  }
}

function writeNegative(value: number): void {
  if (value >= -0x20) buffer[at++] = value;
  else if (value >= -0x80) {
    buffer[at++] = 0xd0;
    buffer[at++] = value;
  } else if (value >= -0x8000) {
    buffer[at++] = 0xd1;
    writeUint16(value);
  } else {
    buffer[at++] = 0xd2;
    writeUint32(value);
  }
}

/** Bytes keep the lowest eight bits of what is put into them. */
function writeUint16(value: number): void {
  buffer[at++] = value >> 8;
  buffer[at++] = value;
}

function writeUint32(value: number): void {
  buffer[at++] = value >>> 24;
  buffer[at++] = value >>> 16;
  buffer[at++] = value >>> 8;
  buffer[at++] = value;
}

/** Goes on in another buffer when this one may be too small; what was written of the value goes along. */
function room(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const written = buffer.subarray(start, at);
  const needed = written.length + bytes;
  const grown = Buffer.allocUnsafeSlow(needed <= SHARED_BYTES ? SHARED_BYTES : 2 ** Math.ceil(Math.log2(needed + SHARED_BYTES)));
  grown.set(written);
  buffer = grown;
  start = 0;
  at = written.length;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `a ${typeof value}`;
}
