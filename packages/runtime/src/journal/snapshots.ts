/**
 * Snapshots: the state after a journal position, so that a restart need not read everything. Each is one file, written atomically and
 * checked by SHA-256; the newest valid one wins and the last three are kept.
 */
import { hash } from 'node:crypto';
import type { Disk, DiskError } from '../ports/disk.ts';
import { diskFailure } from './journal-error.ts';

export interface Snapshot {
  /** The state is that after this journal position. */
  readonly pos: number;
  readonly bytes: Uint8Array;
}

/** A snapshot that was passed over, and why. */
export interface SnapshotReport {
  readonly file: string;
  readonly pos: number;
  /** `ahead`: its journal has lost the records up to it. `version`: written by a newer version of this program. */
  readonly reason: 'damaged' | 'ahead' | 'version';
}

export interface SnapshotSearch {
  /**
   * The journal's last position. Later snapshots hold a history that the journal has lost; they are set aside as `*.ahead`, else they
   * would come back to life when the journal, with other records, reaches their position.
   */
  readonly maxPos: number;
  /** Only older ones than this: for who found the newest of no use. Default: all. */
  readonly belowPos?: number;
  readonly onPassedOver?: (report: SnapshotReport) => void;
}

/** Enough to survive one that is damaged and one that is wrong. */
const KEPT = 3;
const NAME = /^(\d{16})\.snapshot$/;

/** File: magic "FWSNAP" 6 | version u8 | zero 1 | pos, 16 decimal digits | SHA-256 of pos and bytes 32 | bytes. */
const MAGIC = Buffer.from('FWSNAP', 'latin1');
const VERSION = 1;
const POS_AT = 8;
const HASH_AT = 24;
const BYTES_AT = 56;

/** Most snapshots fit; its pages cost nothing before they are written. */
const ROOM = 1024 * 1024;

/**
 * The bytes of a snapshot in the making, part after part. Used again for the next one: one that is made anew every half minute, a little larger
 * each time, would leave the allocator's pool in pieces.
 */
export class SnapshotDraft {
  #file = Buffer.alloc(ROOM);
  #end = BYTES_AT;

  /** What was appended; to be changed in place, and valid until the next `append` or `clear`. */
  get bytes(): Buffer {
    return this.#file.subarray(BYTES_AT, this.#end);
  }

  append(part: Uint8Array): void {
    if (this.#end + part.length > this.#file.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#file.length, this.#end + part.length));
      this.#file.copy(larger, 0, 0, this.#end);
      this.#file = larger;
    }
    this.#file.set(part, this.#end);
    this.#end += part.length;
  }

  /** Ready for the next one. A buffer that was needed once is not kept for good. */
  clear(): void {
    if (this.#file.length > ROOM && this.#end < this.#file.length / 4) this.#file = Buffer.alloc(ROOM);
    this.#end = BYTES_AT;
  }

  /** The whole file; no `Buffer`, whose slices share its memory. */
  sealed(pos: number): Uint8Array {
    const file = this.#file.subarray(0, this.#end);
    MAGIC.copy(file);
    file.writeUInt8(VERSION, MAGIC.length);
    file.write(posDigits(pos), POS_AT, 'latin1');
    file.set(checksum(file), HASH_AT);
    return new Uint8Array(file.buffer, file.byteOffset, file.length);
  }
}

/**
 * Sync the journal to `pos` first: a snapshot must never know more than the journal after a power cut.
 * @throws JournalError `JRN_WRITE_FAILED`; the older snapshots are then untouched
 */
export function writeSnapshot(disk: Disk, folder: string, pos: number, draft: SnapshotDraft): void {
  writing(() => {
    const superfluous = makeWay(disk, folder, pos);
    disk.writeAtomic(snapshotPath(folder, pos), draft.sealed(pos));
    for (const path of superfluous) disk.remove(path);
  });
}

/**
 * The same with the loop free while the disk syncs, where the disk can do that. `done` is told once what came of it, perhaps inside this call, and
 * not when this call throws; until then the draft is in use.
 * @throws JournalError as `writeSnapshot`
 */
export function writeSnapshotLater(disk: Disk, folder: string, pos: number, draft: SnapshotDraft, done: (error: unknown) => void): void {
  if (disk.writeAtomicLater === undefined || disk.removeLater === undefined) {
    writeSnapshot(disk, folder, pos, draft);
    done(undefined);
    return;
  }
  const removeLater = disk.removeLater.bind(disk);
  const removeEach = ([path, ...rest]: readonly string[], error?: DiskError): void => {
    if (error !== undefined || path === undefined) done(error && writeFailure(error));
    else removeLater(path, (failure) => removeEach(rest, failure));
  };
  const superfluous = writing(() => makeWay(disk, folder, pos));
  disk.writeAtomicLater(snapshotPath(folder, pos), draft.sealed(pos), (error) => removeEach(superfluous, error));
}

/** `undefined` when there is none that can be used. @throws JournalError `JRN_READ_FAILED` */
export function readNewestSnapshot(disk: Disk, folder: string, search: SnapshotSearch): Snapshot | undefined {
  try {
    for (const pos of listSnapshots(disk, folder)) {
      const path = snapshotPath(folder, pos);
      if (pos >= (search.belowPos ?? Number.POSITIVE_INFINITY)) continue;
      const found = pos > search.maxPos ? 'ahead' : decode(disk.readWhole(path), pos);
      if (typeof found !== 'string') return { pos, bytes: found };
      if (found === 'ahead') setAside(disk, folder, pos);
      search.onPassedOver?.({ file: path, pos, reason: found });
    }
    return undefined;
  } catch (error) {
    throw diskFailure('JRN_READ_FAILED', 'read the snapshot', error);
  }
}

/** Positions of the snapshots that are kept, oldest first; nothing is said about their bytes. @throws JournalError `JRN_READ_FAILED` */
export function keptSnapshots(disk: Disk, folder: string): readonly number[] {
  try {
    return listSnapshots(disk, folder).toReversed();
  } catch (error) {
    throw diskFailure('JRN_READ_FAILED', 'list', error);
  }
}

/** Paths of those that are one too many beside a new one at `pos`. Those of a lost history are set aside. */
function makeWay(disk: Disk, folder: string, pos: number): readonly string[] {
  const positions = listSnapshots(disk, folder);
  for (const later of positions.filter((other) => other > pos)) setAside(disk, folder, later);
  const older = positions.filter((other) => other < pos);
  return older.slice(KEPT - 1).map((other) => snapshotPath(folder, other));
}

function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw writeFailure(error);
  }
}

function writeFailure(error: unknown): unknown {
  return diskFailure('JRN_WRITE_FAILED', 'write the snapshot', error);
}

function setAside(disk: Disk, folder: string, pos: number): void {
  const path = snapshotPath(folder, pos);
  disk.writeAtomic(`${path}.ahead`, disk.readWhole(path));
  disk.remove(path);
}

/** Positions, newest first. */
function listSnapshots(disk: Disk, folder: string): readonly number[] {
  const digits = disk.list(folder).flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return digits.map(Number).sort((a, b) => b - a);
}

function snapshotPath(folder: string, pos: number): string {
  return `${folder}/${posDigits(pos)}.snapshot`;
}

function posDigits(pos: number): string {
  return String(pos).padStart(16, '0');
}

function decode(source: Uint8Array, pos: number): Uint8Array | 'damaged' | 'version' {
  const file = Buffer.from(source.buffer, source.byteOffset, source.length);
  if (file.length < BYTES_AT || !MAGIC.equals(file.subarray(0, MAGIC.length))) return 'damaged';
  if (!checksum(file).equals(file.subarray(HASH_AT, BYTES_AT))) return 'damaged';
  if (file.toString('latin1', POS_AT, HASH_AT) !== posDigits(pos)) return 'damaged';
  return file.readUInt8(MAGIC.length) === VERSION ? source.subarray(BYTES_AT) : 'version';
}

/** Over everything but itself. */
function checksum(file: Buffer): Buffer {
  const head = file.subarray(0, HASH_AT);
  const body = hash('sha256', file.subarray(BYTES_AT), 'buffer');
  return hash('sha256', Buffer.concat([head, body]), 'buffer');
}
