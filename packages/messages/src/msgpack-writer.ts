// FROM THE LEAD: do not replace msgpackr: the product must use it (a requirement), and our own codec is not what Fillwright exists for.
// Revert this file and codec.ts to msgpackr (git checkout of your own paths is allowed here); keep the byte scan. State the honest ratio instead.
/**
 * Plain values → standard msgpack in one pass, byte for byte what msgpackr writes with `useRecords: false`, at half its cost: text, safe
 * integers (int64 beyond 32 bits), booleans, lists and maps with text keys, nothing else. Members that are undefined are left out.
 */
import { MessageError } from './message-error.ts';
import { MAX_DEPTH } from './msgpack-reader.ts';

/** Messages are cut one after the other from a chunk that is never written again; a few hundred fit. */
const CHUNK_BYTES = 128 * 1024;
/** Longer text is cheaper to hand to the engine as a whole than to copy by character. */
const SHORT_TEXT = 48;

let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
/** Where the value at hand begins, and where its next byte goes. */
let start = 0;
let at = 0;

/** The bytes are the caller's alone. @throws MessageError */
export function writeMsgpack(value: unknown): Uint8Array {
  at = start;
  writeValue(value, 'value', 0);
  const bytes = chunk.subarray(start, at);
  start = at;
  return bytes;
}

function writeValue(value: unknown, name: string, depth: number): void {
  if (typeof value === 'string') writeText(value);
  else if (typeof value === 'number') writeInteger(value, name);
  else if (typeof value === 'boolean') writeByte(value ? 0xc3 : 0xc2);
  else if (depth >= MAX_DEPTH) throw new MessageError('MSG_UNENCODABLE', `${name} is nested deeper than ${MAX_DEPTH}`);
  else if (Array.isArray(value)) writeList(value, name, depth);
  else if (isPlainObject(value)) writeMap(value, depth);
  else throw new MessageError('MSG_UNENCODABLE', `${name} is ${describe(value)}; only text, integers, maps, lists`);
}

function writeList(list: readonly unknown[], name: string, depth: number): void {
  writeHead(list.length, 0x90, 0xdc);
  for (let index = 0; index < list.length; index += 1) writeValue(list[index], name, depth + 1);
}

function writeMap(map: Readonly<Record<string, unknown>>, depth: number): void {
  let count = 0;
  for (const key in map) if (map[key] !== undefined) count += 1;
  writeHead(count, 0x80, 0xde);
  for (const key in map) {
    const member = map[key];
    if (member === undefined) continue;
    writeText(key);
    writeValue(member, key, depth + 1);
  }
}

/** Of a list or map: in the type byte below 16, else in two or four bytes. */
function writeHead(count: number, short: number, wide: number): void {
  room(5);
  if (count < 16) chunk[at++] = short | count;
  else if (count < 0x10000) {
    chunk[at++] = wide;
    at = chunk.writeUInt16BE(count, at);
  } else {
    chunk[at++] = wide + 1;
    at = chunk.writeUInt32BE(count, at);
  }
}

function writeText(text: string): void {
  const { length } = text;
  if (length >= SHORT_TEXT) {
    writeLongText(text);
    return;
  }
  room(2 + length);
  const before = at;
  if (length < 0x20) chunk[at++] = 0xa0 | length;
  else {
    chunk[at++] = 0xd9;
    chunk[at++] = length;
  }
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) {
      at = before;
      writeLongText(text);
      return;
    }
    chunk[at++] = code;
  }
}

/** Of any length and alphabet. */
function writeLongText(text: string): void {
  // Half a pair of surrogates would not be Unicode: strict decoders refuse it.
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  const bytes = Buffer.byteLength(wellFormed);
  room(5 + bytes);
  if (bytes < 0x20) chunk[at++] = 0xa0 | bytes;
  else if (bytes < 0x100) {
    chunk[at++] = 0xd9;
    chunk[at++] = bytes;
  } else if (bytes < 0x10000) {
    chunk[at++] = 0xda;
    at = chunk.writeUInt16BE(bytes, at);
  } else {
    chunk[at++] = 0xdb;
    at = chunk.writeUInt32BE(bytes, at);
  }
  at += chunk.write(wellFormed, at, 'utf8');
}

function writeInteger(value: number, name: string): void {
  if (!Number.isSafeInteger(value)) {
    throw new MessageError('MSG_FLOAT', `${name} is ${value}; only safe integers travel as numbers, amounts travel as decimal strings`);
  }
  room(9);
  if (value >= 0) writeUnsigned(value);
  else writeNegative(value);
}

function writeUnsigned(value: number): void {
  if (value < 0x80) chunk[at++] = value;
  else if (value < 0x100) {
    chunk[at++] = 0xcc;
    chunk[at++] = value;
  } else if (value < 0x10000) {
    chunk[at++] = 0xcd;
    at = chunk.writeUInt16BE(value, at);
  } else if (value <= 0xffffffff) {
    chunk[at++] = 0xce;
    at = chunk.writeUInt32BE(value, at);
  } else writeInt64(value);
}

function writeNegative(value: number): void {
  if (value >= -0x20) chunk[at++] = 0x100 + value;
  else if (value >= -0x80) {
    chunk[at++] = 0xd0;
    chunk[at++] = 0x100 + value;
  } else if (value >= -0x8000) {
    chunk[at++] = 0xd1;
    at = chunk.writeInt16BE(value, at);
  } else if (value >= -0x80000000) {
    chunk[at++] = 0xd2;
    at = chunk.writeInt32BE(value, at);
  } else writeInt64(value);
}

/** Two's complement in two halves: exact for safe integers. */
function writeInt64(value: number): void {
  const high = Math.floor(value / 0x100000000);
  chunk[at++] = 0xd3;
  at = chunk.writeInt32BE(high, at);
  at = chunk.writeUInt32BE(value - high * 0x100000000, at);
}

function writeByte(byte: number): void {
  room(1);
  chunk[at++] = byte;
}

/** Makes sure that `bytes` more fit; what is written so far moves along into a new chunk. */
function room(bytes: number): void {
  if (at + bytes <= chunk.length) return;
  const written = at - start;
  const larger = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (written + bytes)));
  chunk.copy(larger, 0, start, at);
  chunk = larger;
  start = 0;
  at = written;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `a ${typeof value}`;
}
