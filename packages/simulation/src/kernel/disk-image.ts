/** The files of one data directory, in memory. They outlive processes; what was not synced does not outlive a power cut. */
import { DiskError, type DiskErrorCode } from '@fillwright/runtime/ports';
import type { SeededRandom } from './seeded-random.ts';

const FIRST_CAPACITY_BYTES = 4096;

export interface DiskOperation {
  readonly name: 'open' | 'append' | 'read' | 'truncate' | 'sync' | 'write-atomic' | 'remove';
  readonly path: string;
  /** Bytes to be written or read. */
  readonly bytes: number;
}

export interface DiskFault {
  /** The call takes this long; its process stands still meanwhile. */
  readonly delayUs?: number;
  readonly error?: DiskErrorCode;
  /** Of an append that fails: how many of its bytes are in the file nevertheless. */
  readonly tornBytes?: number;
}

/** Where faults of a disk are decided; absent = a perfect disk. */
export interface DiskFaults {
  before?(operation: DiskOperation): DiskFault | undefined;
  /** After the death of a process that had this disk: the place to tear a tail. */
  onCrash?(disk: DiskImage): void;
}

export class FileImage {
  #bytes = new Uint8Array(FIRST_CAPACITY_BYTES);
  #size = 0;
  #syncedSize = 0;

  get size(): number {
    return this.#size;
  }

  /** How much of it survives a power cut for certain. */
  get syncedSize(): number {
    return this.#syncedSize;
  }

  append(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(Math.min(offset, this.#size), Math.min(offset + length, this.#size));
  }

  /** Also grows, with zeros, as on a real disk. */
  truncate(size: number): void {
    if (size > this.#size) this.append(new Uint8Array(size - this.#size));
    this.#size = size;
    this.#syncedSize = Math.min(this.#syncedSize, size);
  }

  /** `upTo`: what was there when the sync began; bytes written meanwhile are not part of it. */
  sync(upTo = this.#size): void {
    this.#syncedSize = Math.max(this.#syncedSize, Math.min(upTo, this.#size));
  }
}

export class DiskImage {
  faults: DiskFaults | undefined;
  /** An append beyond it fails with `full`. */
  capacityBytes = Number.POSITIVE_INFINITY;
  readonly #files = new Map<string, FileImage>();

  /** Paths, sorted. */
  get paths(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  get usedBytes(): number {
    let used = 0;
    for (const file of this.#files.values()) used += file.size;
    return used;
  }

  file(path: string): FileImage | undefined {
    return this.#files.get(path);
  }

  /** @throws DiskError `failed` when a folder is in the way, or a file where a folder would have to be. */
  openOrMake(path: string): FileImage {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    for (const other of this.#files.keys()) {
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`))
        throw new DiskError('failed', path, new Error(`${other} is in the way`));
    }
    const file = new FileImage();
    this.#files.set(path, file);
    return file;
  }

  /** Sets the whole content at once, durably. An open handle keeps the old file, as after a rename. */
  replace(path: string, bytes: Uint8Array): void {
    this.openOrMake(path);
    const file = new FileImage();
    file.append(bytes);
    file.sync();
    this.#files.set(path, file);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  /** Loses what was not synced, except for a part drawn at random: the torn tails of a power cut. */
  cutPower(random: SeededRandom): void {
    for (const path of this.paths) {
      const file = this.#files.get(path);
      if (file !== undefined && file.size > file.syncedSize) file.truncate(random.between(file.syncedSize, file.size));
    }
  }
}
