/**
 * The bytes of a segment file. All integers are little-endian.
 *
 * segment header, 40 bytes: magic "FWJOURN" 7 | version u8 | first pos u64 | hash before it 16 | zero u32 | crc u32 of all before
 * record, 32 + n bytes:     crc u32 of all after | length n u32 | hash 16 | pos u64 | payload n
 *
 * A record's hash is SHA-256(hash of the record before | pos | payload), cut to 16 bytes. Pos and payload stand behind the hash so
 * that this is one call over one range: the old hash is put where the new one goes.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const SEGMENT_HEADER_BYTES = 40;
export const RECORD_HEADER_BYTES = 32;
export const HASH_BYTES = 16;
/** Larger things belong in a file of their own; it also bounds what a damaged length can make a reader load. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
export const VERSION = 1;

const MAGIC = Buffer.from('FWJOURN', 'latin1');
const U32 = 0x1_0000_0000;

/** Before the first record of all. Copied before use: it must stay zero. */
export const GENESIS_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * U32;
}

function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % U32, at);
  bytes.writeUInt32LE(Math.floor(value / U32), at + 4);
}

/** A view, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

export interface SegmentHeader {
  readonly firstPos: number;
  readonly startHash: Uint8Array;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt8(VERSION, 7);
  writeU64(bytes, header.firstPos, 8);
  bytes.set(header.startHash, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** `damaged` also for a short one; `version` only when the header is otherwise whole. */
export function decodeSegmentHeader(source: Uint8Array): SegmentHeader | 'damaged' | 'version' {
  const bytes = asBuffer(source);
  if (bytes.length < SEGMENT_HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, 7))) return 'damaged';
  if (bytes.readUInt32LE(36) !== crc32(bytes.subarray(0, 36))) return 'damaged';
  if (bytes.readUInt8(7) !== VERSION) return 'version';
  return { firstPos: readU64(bytes, 8), startHash: Uint8Array.prototype.slice.call(bytes, 16, 32) };
}

export function recordHash(previous: Uint8Array, pos: number, payload: Uint8Array): Uint8Array {
  const input = Buffer.alloc(HASH_BYTES + 8 + payload.length);
  input.set(previous);
  writeU64(input, pos, HASH_BYTES);
  input.set(payload, HASH_BYTES + 8);
  return hash('sha256', input, 'buffer').subarray(0, HASH_BYTES);
}

/** Lays records out in one buffer that it uses again and again. */
export class RecordEncoder {
  #scratch = Buffer.alloc(4096);

  /** The whole record; valid until the next call. */
  encode(previous: Uint8Array, pos: number, payload: Uint8Array): Uint8Array {
    const length = RECORD_HEADER_BYTES + payload.length;
    if (length > this.#scratch.length) this.#scratch = Buffer.alloc(2 ** Math.ceil(Math.log2(length)));
    const bytes = this.#scratch;
    bytes.writeUInt32LE(payload.length, 4);
    bytes.set(previous, 8);
    writeU64(bytes, pos, 24);
    bytes.set(payload, RECORD_HEADER_BYTES);
    bytes.set(hash('sha256', bytes.subarray(8, length), 'buffer').subarray(0, HASH_BYTES), 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(4, length)), 0);
    return bytes.subarray(0, length);
  }
}

/** The hash of an encoded record, as a view. */
export function hashOf(record: Uint8Array): Uint8Array {
  return record.subarray(8, 8 + HASH_BYTES);
}

export type RecordFault = 'impossible length' | 'wrong position' | 'bad checksum';

/** The payload length of the record at `at`, or why there is no whole one. `short` = the bytes at hand end too early. */
export function checkRecord(bytes: Buffer, at: number, minPos: number, maxPos: number): number | 'short' | RecordFault {
  const available = bytes.length - at;
  if (available < RECORD_HEADER_BYTES) return 'short';
  const length = bytes.readUInt32LE(at + 4);
  if (length > MAX_PAYLOAD_BYTES) return 'impossible length';
  const pos = posAt(bytes, at);
  if (pos < minPos || pos > maxPos) return 'wrong position';
  if (available < RECORD_HEADER_BYTES + length) return 'short';
  if (crc32(bytes.subarray(at + 4, at + RECORD_HEADER_BYTES + length)) !== bytes.readUInt32LE(at)) return 'bad checksum';
  return length;
}

export function posAt(bytes: Buffer, at: number): number {
  return readU64(bytes, at + 24);
}
