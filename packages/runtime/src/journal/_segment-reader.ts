/**
 * Walks the records of one segment in order, checking each (length, checksum, position), with one chunk in memory. Payloads are views
 * into chunks that are never written again.
 */
import type { DiskFile } from '../ports/disk.ts';
import { asBuffer, checkRecord, HASH_BYTES, MAX_PAYLOAD_BYTES, RECORD_HEADER_BYTES } from './_format.ts';
import type { Place } from './_segment.ts';

/** Small at first, since many reads want few records; then large enough for any record. */
const FIRST_CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_BYTES = MAX_PAYLOAD_BYTES + RECORD_HEADER_BYTES;

export class SegmentReader {
  readonly #file: DiskFile;
  #end: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset: number;
  #chunkBytes = FIRST_CHUNK_BYTES / 4;
  #recordAt = 0;
  #offset: number;
  #pos: number;
  /** Why `next` stopped before the end. */
  fault: string | undefined;

  /** Begins at a record's first byte and reads nothing at or behind `end`. */
  constructor(file: DiskFile, from: Place, end: number) {
    this.#file = file;
    this.#end = end;
    this.#pos = from.pos;
    this.#offset = from.offset;
    this.#chunkOffset = from.offset;
  }

  /** Where the next record should begin. */
  get offset(): number {
    return this.#offset;
  }

  /** The position that the next record should have. */
  get pos(): number {
    return this.#pos;
  }

  /** The payload of the next record; `undefined` at the end and at a fault. */
  next(): Uint8Array | undefined {
    if (this.fault !== undefined || this.#offset >= this.#end) return undefined;
    let at = this.#offset - this.#chunkOffset;
    let length = checkRecord(this.#chunk, at, this.#pos, this.#pos);
    while (length === 'short' && this.#load()) {
      at = 0;
      length = checkRecord(this.#chunk, at, this.#pos, this.#pos);
    }
    if (typeof length === 'string') {
      this.fault = length === 'short' ? 'the record is cut short' : length;
      return undefined;
    }
    this.#recordAt = at;
    this.#offset += RECORD_HEADER_BYTES + length;
    this.#pos += 1;
    return this.#chunk.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
  }

  /** The hash in the record that `next` returned last, as a view. */
  get hash(): Uint8Array {
    return this.#chunk.subarray(this.#recordAt + 8, this.#recordAt + 8 + HASH_BYTES);
  }

  /** Loads a chunk that begins at the next record; false when it cannot hold more of it than the chunk at hand. */
  #load(): boolean {
    if (this.#chunkOffset + this.#chunk.length >= this.#end) return false;
    this.#chunkBytes = Math.min(this.#chunkBytes * 4, MAX_CHUNK_BYTES);
    const wanted = Math.min(this.#chunkBytes, this.#end - this.#offset);
    this.#chunk = asBuffer(this.#file.read(this.#offset, wanted));
    this.#chunkOffset = this.#offset;
    // The file is shorter than it was: what is there is all there is.
    if (this.#chunk.length < wanted) this.#end = this.#chunkOffset + this.#chunk.length;
    return true;
  }
}

/** Where a whole record stands at or behind `offset`, if there is one: the sign that what lies before it is no torn tail. */
export function findRecord(file: DiskFile, offset: number, end: number, minPos: number): number | undefined {
  const maxPos = minPos + Math.floor(end / RECORD_HEADER_BYTES);
  for (let start = offset; start + RECORD_HEADER_BYTES <= end; start += MAX_CHUNK_BYTES - RECORD_HEADER_BYTES + 1) {
    const chunk = asBuffer(file.read(start, Math.min(MAX_CHUNK_BYTES, end - start)));
    for (let at = 0; at + RECORD_HEADER_BYTES <= chunk.length; at += 1) {
      const found = checkRecord(chunk, at, minPos, maxPos);
      if (typeof found === 'number') return start + at;
      if (found === 'short' && isWhole(file, start + at, minPos, maxPos)) return start + at;
    }
  }
  return undefined;
}

/** For a record that reaches over the end of a chunk. */
function isWhole(file: DiskFile, offset: number, minPos: number, maxPos: number): boolean {
  const bytes = asBuffer(file.read(offset, MAX_CHUNK_BYTES));
  return typeof checkRecord(bytes, 0, minPos, maxPos) === 'number';
}
