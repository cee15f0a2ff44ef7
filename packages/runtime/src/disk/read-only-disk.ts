/** The Disk port for looking only: opens files of one folder for reading and refuses everything that would change one. For operators' tools. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Disk, DiskError, type DiskFile } from '../ports/disk.ts';
import { isTemporary } from './_atomic-write.ts';
import { diskError, systemCode } from './_system-error.ts';
import { dataPath } from './data-path.ts';

/** What it opens need not be writable, and may be in use by a running process. */
export function createReadOnlyDisk(rootFolder: string): Disk {
  const root = resolve(rootFolder);

  function locate(path: string): string {
    const file = dataPath(root, path);
    if (file === undefined) throw new DiskError('denied', path, new Error('a path must stay below the data directory'));
    return file;
  }

  return {
    open: (path) => guard(path, () => new ReadOnlyFile(path, openSync(locate(path), 'r'))),
    list: (folder) => guard(folder, () => listFiles(locate(folder))),
    exists: (path) => guard(path, () => existsSync(locate(path))),
    readWhole: (path) => guard(path, () => new Uint8Array(readFileSync(locate(path)))),
    writeAtomic: refuse,
    remove: refuse,
  };
}

class ReadOnlyFile implements DiskFile {
  readonly #path: string;
  readonly #fd: number;
  #isOpen = true;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  get size(): number {
    return guard(this.#path, () => fstatSync(this.#fd).size);
  }

  read(offset: number, length: number): Uint8Array {
    return guard(this.#path, () => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (let count = -1; count !== 0 && filled < length; filled += count)
        count = readSync(this.#fd, bytes, filled, length - filled, offset + filled);
      return bytes.subarray(0, filled);
    });
  }

  append(): void {
    refuse(this.#path);
  }

  truncate(): void {
    refuse(this.#path);
  }

  sync(): void {
    refuse(this.#path);
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}

function refuse(path: string): never {
  throw new DiskError('read-only', path, new Error('it was opened for looking only'));
}

function listFiles(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && !isTemporary(entry.name)).map((entry) => entry.name);
    return names.sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(path, error);
  }
}
