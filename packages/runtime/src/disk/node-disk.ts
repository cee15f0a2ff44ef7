/** The Disk port over synchronous `node:fs`, confined to one folder. Everything it throws is a `DiskError`. */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Disk, DiskError, type DiskFile } from '../ports/disk.ts';
import {
  isTemporary,
  makeFolder,
  removeLeftovers,
  replaceFile,
  replaceFileLater,
  syncFolder,
  syncFolderLater,
  writeAll,
} from './_atomic-write.ts';
import { diskError, systemCode } from './_system-error.ts';
import { dataPath } from './data-path.ts';

const MAX_LOCATED = 1_000;

/** `rootFolder` is made when it is first needed. Paths that would leave it are refused as `denied`. */
export function createNodeDisk(rootFolder: string): Disk {
  const root = resolve(rootFolder);
  /** Folders whose leftovers of dead writers are gone. Bounded by the folders that this process writes to. */
  const tidied = new Set<string>();

  /** Names seen before and where they lie: the halt marker is looked for before every order. Above the bound it starts anew. */
  const located = new Map<string, string>();

  function locate(path: string): string {
    const known = located.get(path);
    if (known !== undefined) return known;
    const file = dataPath(root, path);
    if (file === undefined) throw new DiskError('denied', path, new Error('a path must stay below the data directory'));
    if (located.size >= MAX_LOCATED) located.clear();
    located.set(path, file);
    return file;
  }

  /** The name of a file, with its folder in place. */
  function prepare(path: string): string {
    const file = locate(path);
    makeFolder(dirname(file));
    return file;
  }

  /** … and what dead writers left there out of it. */
  function prepareTidied(path: string): string {
    const file = prepare(path);
    const folder = dirname(file);
    if (!tidied.has(folder)) removeLeftovers(folder);
    tidied.add(folder);
    return file;
  }

  return {
    open: (path) => guard(path, () => new NodeDiskFile(path, prepare(path))),
    list: (folder) => guard(folder, () => listFiles(locate(folder))),
    exists: (path) => guard(path, () => existsSync(locate(path))),
    readWhole: (path) => guard(path, () => new Uint8Array(readFileSync(locate(path)))),
    remove: (path) => guard(path, () => removeFile(locate(path))),
    removeLater: (path, done) => later(path, done, () => removeFileLater(locate(path))),
    writeAtomic: (path, bytes) => guard(path, () => replaceFile(prepareTidied(path), bytes)),
    writeAtomicLater: (path, bytes, done) => later(path, done, () => replaceFileLater(prepareTidied(path), bytes)),
  };
}

class NodeDiskFile implements DiskFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #folder: string;
  #open = true;
  /** The first sync makes the name durable too: the file may be new. */
  #nameSynced = false;
  /** Syncs under way elsewhere; the descriptor must stay ours until they end. */
  #syncing = 0;

  constructor(path: string, file: string) {
    this.#path = path;
    this.#folder = dirname(file);
    this.#fd = openSync(file, 'a+');
  }

  get size(): number {
    return guard(this.#path, () => fstatSync(this.#descriptor()).size);
  }

  append(bytes: Uint8Array): void {
    // No closure here: this is the hot path of the journal.
    try {
      writeAll(this.#descriptor(), bytes);
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }

  read(offset: number, length: number): Uint8Array {
    return guard(this.#path, () => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(this.#descriptor(), bytes, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled === length ? bytes : bytes.subarray(0, filled);
    });
  }

  truncate(size: number): void {
    guard(this.#path, () => ftruncateSync(this.#descriptor(), size));
  }

  sync(): void {
    guard(this.#path, () => {
      fdatasyncSync(this.#descriptor());
      this.#syncName();
    });
  }

  syncLater(done: (error: DiskError | undefined) => void): void {
    const fd = guard(this.#path, () => {
      this.#syncName();
      return this.#descriptor();
    });
    this.#syncing += 1;
    fdatasync(fd, (error) => {
      this.#syncing -= 1;
      if (!this.#open && this.#syncing === 0) closeSync(fd);
      done(error ? diskError(this.#path, error) : undefined);
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#syncing === 0) guard(this.#path, () => closeSync(this.#fd));
  }

  #syncName(): void {
    if (!this.#nameSynced) syncFolder(this.#folder);
    this.#nameSynced = true;
  }

  /** A closed descriptor's number may already belong to another file. */
  #descriptor(): number {
    if (!this.#open) throw new DiskError('failed', this.#path, new Error('the file was closed'));
    return this.#fd;
  }
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(path, error);
  }
}

function later(path: string, done: (error: DiskError | undefined) => void, work: () => Promise<void>): void {
  void Promise.try(work).then(
    () => done(undefined),
    (error: unknown) => done(diskError(path, error)),
  );
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

function removeFile(file: string): void {
  if (!existsSync(file)) return;
  rmSync(file, { force: true });
  syncFolder(dirname(file));
}

async function removeFileLater(file: string): Promise<void> {
  if (!existsSync(file)) return;
  await rm(file, { force: true });
  await syncFolderLater(dirname(file));
}
