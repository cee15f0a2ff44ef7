/** A disk in memory whose calls can be made to fail; for the journal's tests only. */
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '../../src/ports/disk.ts';

/** Which call fails next, and how. `after` = bytes of an append that still get through. */
export interface Trouble {
  readonly call: 'append' | 'truncate' | 'sync' | 'open' | 'remove' | 'writeAtomic' | 'read';
  readonly code: DiskErrorCode;
  readonly after?: number;
  /** Calls that still work before it. Default 0. */
  readonly skip?: number;
  /** How often it fails. Default 1. */
  readonly times?: number;
}

export class TestDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly calls: string[] = [];
  /** Bytes that survive a power cut; a file that was never synced is not in here. */
  readonly synced = new Map<string, number>();
  #troubles: { trouble: Trouble; skip: number; times: number }[] = [];

  fail(trouble: Trouble): void {
    this.#troubles.push({ trouble, skip: trouble.skip ?? 0, times: trouble.times ?? 1 });
  }

  heal(): void {
    this.#troubles = [];
  }

  /** Looks without setting off what is to fail. */
  calmly(work: () => void): void {
    const troubles = this.#troubles;
    this.#troubles = [];
    work();
    this.#troubles = troubles;
  }

  /** A restart on the same bytes, or on changed ones. */
  copy(change: (files: Map<string, Uint8Array>) => void = () => undefined): TestDisk {
    const copy = new TestDisk();
    for (const [path, bytes] of this.files) copy.files.set(path, bytes.slice());
    for (const [path, size] of this.synced) copy.synced.set(path, size);
    change(copy.files);
    return copy;
  }

  /** What a power cut leaves: of each file at least what was synced; `keep` says how much of the rest, from 0 to 1. */
  powerCut(keep: (path: string) => number): TestDisk {
    const copy = new TestDisk();
    for (const [path, bytes] of this.files) {
      const safe = this.synced.get(path);
      const share = keep(path);
      if (safe === undefined && share === 0) continue;
      copy.files.set(path, bytes.slice(0, (safe ?? 0) + Math.floor((bytes.length - (safe ?? 0)) * share)));
      copy.synced.set(path, copy.files.get(path)?.length ?? 0);
    }
    return copy;
  }

  pass(call: Trouble['call'], path: string): Trouble | undefined {
    this.calls.push(`${call} ${path}`);
    const entry = this.#troubles.find((one) => one.trouble.call === call);
    if (entry === undefined) return undefined;
    if (entry.skip > 0) {
      entry.skip -= 1;
      return undefined;
    }
    entry.times -= 1;
    if (entry.times === 0) this.#troubles = this.#troubles.filter((one) => one !== entry);
    return entry.trouble;
  }

  #check(call: Trouble['call'], path: string): void {
    const parts = path.split('/');
    if (path !== '' && parts.some((part) => ['', '.', '..'].includes(part) || /[\\\0]/.test(part))) throw new DiskError('denied', path);
    const trouble = this.pass(call, path);
    if (trouble !== undefined) throw new DiskError(trouble.code, path);
  }

  open(path: string): DiskFile {
    this.#check('open', path);
    if (!this.files.has(path)) this.files.set(path, new Uint8Array());
    return new TestFile(this, path);
  }

  list(folder: string): readonly string[] {
    this.#check('read', folder);
    const prefix = folder === '' ? '' : `${folder}/`;
    const below = [...this.files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    return below.filter((name) => !name.includes('/')).sort();
  }

  exists(path: string): boolean {
    this.#check('read', path);
    return this.files.has(path);
  }

  writeAtomic(path: string, bytes: Uint8Array): void {
    this.#check('writeAtomic', path);
    this.files.set(path, bytes.slice());
    this.synced.set(path, bytes.length);
  }

  readWhole(path: string): Uint8Array {
    this.#check('read', path);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new DiskError('absent', path);
    return bytes.slice();
  }

  remove(path: string): void {
    this.#check('remove', path);
    this.files.delete(path);
    this.synced.delete(path);
  }
}

class TestFile implements DiskFile {
  readonly #disk: TestDisk;
  readonly #path: string;
  #isOpen = true;

  constructor(disk: TestDisk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  get size(): number {
    return this.#bytes().length;
  }

  append(bytes: Uint8Array): void {
    const before = this.#bytes();
    const trouble = this.#disk.pass('append', this.#path);
    const taken = trouble === undefined ? bytes : bytes.subarray(0, trouble.after ?? 0);
    const all = new Uint8Array(before.length + taken.length);
    all.set(before);
    all.set(taken, before.length);
    this.#disk.files.set(this.#path, all);
    if (trouble !== undefined) throw new DiskError(trouble.code, this.#path);
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = this.#bytes();
    this.#attempt('read');
    return bytes.slice(offset, offset + length);
  }

  truncate(size: number): void {
    const bytes = this.#bytes();
    this.#attempt('truncate');
    this.#disk.files.set(this.#path, bytes.slice(0, size));
    const safe = this.#disk.synced.get(this.#path);
    if (safe !== undefined) this.#disk.synced.set(this.#path, Math.min(safe, size));
  }

  sync(): void {
    this.#bytes();
    this.#attempt('sync');
    this.#disk.synced.set(this.#path, this.#bytes().length);
  }

  close(): void {
    this.#isOpen = false;
  }

  #attempt(call: Trouble['call']): void {
    const trouble = this.#disk.pass(call, this.#path);
    if (trouble !== undefined) throw new DiskError(trouble.code, this.#path);
  }

  #bytes(): Uint8Array {
    if (!this.#isOpen) throw new DiskError('failed', this.#path);
    return this.#disk.files.get(this.#path) ?? new Uint8Array();
  }
}
