/** Files, synchronously: the journal's whole world. Paths are relative to the process' data directory, `/`-separated. */

export interface DiskFile {
  /** Bytes in the file as this process sees it. */
  readonly size: number;
  /** Writes all bytes at the end, or throws `DiskError` (part of them may then be in the file: truncate before going on). */
  append(bytes: Uint8Array): void;
  /** Reads up to `length` bytes; fewer at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  truncate(size: number): void;
  /** Returns when what was appended survives a power cut. */
  sync(): void;
  /**
   * The same without holding up the caller: `done` is called once, never inside this call, when what was appended before it survives a
   * power cut, or with what prevented that. Closing the file meanwhile is allowed. Absent where a disk can only do it in place.
   */
  syncLater?(done: (error: DiskError | undefined) => void): void;
  close(): void;
}

export interface Disk {
  /** Opens for reading and appending; makes the file and its folders when absent. @throws DiskError */
  open(path: string): DiskFile;
  /** Names of the files in a folder (not of its folders), sorted by code unit; `[]` when there is none. */
  list(folder: string): readonly string[];
  exists(path: string): boolean;
  /** Replaces the file as a whole: after a crash it is the old or the new one, never a mix. Synced. The bytes may be changed afterwards. @throws DiskError */
  writeAtomic(path: string, bytes: Uint8Array): void;
  /**
   * The same without holding up the caller, who leaves the bytes as they are until then: `done` is called once, never inside this call, when
   * the new file survives a power cut, or with what prevented that: then it is the old or the new one, too. Absent where a disk can only do it in place.
   */
  writeAtomicLater?(path: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void;
  /** @throws DiskError when it is absent. */
  readWhole(path: string): Uint8Array;
  /** No error when it is absent. */
  remove(path: string): void;
  /** The same without holding up the caller, as `writeAtomicLater`. */
  removeLater?(path: string, done: (error: DiskError | undefined) => void): void;
}

export type DiskErrorCode = 'full' | 'read-only' | 'absent' | 'denied' | 'failed';

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, cause?: unknown) {
    super(`disk ${code}: ${path}`, { cause });
    this.code = code;
    this.path = path;
  }
}

/** What `work` throws of a disk, for who tells it later; anything else passes. */
export function diskErrorOf(work: () => void): DiskError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return error;
    throw error;
  }
}
