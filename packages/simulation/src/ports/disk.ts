/** The Disk port over an in-memory image. The image outlives the incarnation; its faults strike here. */
import { type Disk, DiskError, type DiskFile, diskErrorOf } from '@fillwright/runtime/ports';
import type { DiskFault, DiskImage, DiskOperation, FileImage } from '../kernel/disk-image.ts';
import type { Incarnation } from '../kernel/incarnation.ts';

/** What a sync takes on a healthy disk of a cloud machine. */
const SYNC_US = 200;

export function simulatedDisk(incarnation: Incarnation, image: DiskImage): Disk {
  incarnation.atDeath(() => image.faults?.onCrash?.(image));
  const operator = new Operator(incarnation, image);
  const replace = (path: string, bytes: Uint8Array): void => {
    operator.claim(path, bytes.length - (image.file(path)?.size ?? 0));
    image.replace(filePath(path), bytes);
    incarnation.note(`disk.writeAtomic ${path}`, bytes);
  };
  const remove = (path: string): void => {
    image.remove(checked(path));
    incarnation.note('disk.remove', path);
  };
  return {
    open: (path) => operator.do('disk.open', 'open', path, 0, () => new SimulatedFile(operator, path, image.openOrMake(filePath(path)))),
    list: (folder) => incarnation.call('disk.list', () => namesIn(image, checked(folder))),
    exists: (path) => incarnation.call('disk.exists', () => existsIn(image, checked(path))),
    writeAtomic: (path, bytes) => operator.do('disk.writeAtomic', 'write-atomic', path, bytes.length, () => replace(path, bytes)),
    writeAtomicLater: (path, bytes, done) =>
      operator.later('disk.writeAtomicLater', 'write-atomic', path, bytes.length, () => replace(path, bytes), done),
    readWhole: (path) =>
      operator.do('disk.readWhole', 'read', path, 0, () => {
        const file = image.file(checked(path));
        if (file === undefined) throw new DiskError('absent', path);
        return file.read(0, file.size);
      }),
    remove: (path) => operator.do('disk.remove', 'remove', path, 0, () => remove(path)),
    removeLater: (path, done) => operator.later('disk.removeLater', 'remove', path, 0, () => remove(path), done),
  };
}

/** What every operation has in common: the gate, the time it takes, the errors it may meet. */
class Operator {
  readonly incarnation: Incarnation;
  readonly #image: DiskImage;

  constructor(incarnation: Incarnation, image: DiskImage) {
    this.incarnation = incarnation;
    this.#image = image;
  }

  /** @param torn does the part of the work that an error leaves behind */
  do<T>(call: string, name: DiskOperation['name'], path: string, bytes: number, work: () => T, torn?: (bytes: number) => void): T {
    return this.incarnation.call(call, () => {
      const fault = this.#image.faults?.before?.({ name, path, bytes });
      if (fault?.delayUs !== undefined) this.incarnation.pause(fault.delayUs);
      if (fault?.error === undefined) return work();
      this.incarnation.note('disk.refused', `${name} ${path}: ${fault.error}`);
      torn?.(Math.min(fault.tornBytes ?? 0, bytes));
      throw new DiskError(fault.error, path, new Error(`a fault of the simulated disk in ${name}`));
    });
  }

  /** Takes virtual time and does not hold up its process; a death meanwhile leaves everything as it was. */
  later(call: string, name: DiskOperation['name'], path: string, bytes: number, work: () => void, done: (error?: DiskError) => void): void {
    this.incarnation.call(call, () => {
      const fault = this.#image.faults?.before?.({ name, path, bytes });
      this.incarnation.later(fault?.delayUs ?? SYNC_US, `${call} ${path}`, () => done(this.#errorOf(name, path, fault, work)));
    });
  }

  #errorOf(name: DiskOperation['name'], path: string, fault: DiskFault | undefined, work: () => void): DiskError | undefined {
    if (fault?.error !== undefined) {
      this.incarnation.note('disk.refused', `${name} ${path}: ${fault.error}`);
      return new DiskError(fault.error, path, new Error(`a fault of the simulated disk in ${name}`));
    }
    return diskErrorOf(work);
  }

  /** What strikes an operation that the caller carries out by itself. */
  fault(name: DiskOperation['name'], path: string): DiskFault | undefined {
    return this.#image.faults?.before?.({ name, path, bytes: 0 });
  }

  /** @throws DiskError `full` */
  claim(path: string, bytes: number): void {
    if (bytes <= this.freeBytes) return;
    this.incarnation.note('disk.refused', `write-atomic ${path}: full`);
    throw new DiskError('full', path);
  }

  get freeBytes(): number {
    const { capacityBytes } = this.#image;
    return capacityBytes === Number.POSITIVE_INFINITY ? capacityBytes : Math.max(0, capacityBytes - this.#image.usedBytes);
  }
}

class SimulatedFile implements DiskFile {
  readonly #operator: Operator;
  readonly #path: string;
  readonly #file: FileImage;
  readonly #appendNote: string;
  readonly #syncedNote: string;
  #open = true;

  constructor(operator: Operator, path: string, file: FileImage) {
    this.#operator = operator;
    this.#path = path;
    this.#file = file;
    this.#appendNote = `disk.append ${path}`;
    this.#syncedNote = `disk.synced ${path}`;
  }

  get size(): number {
    return this.#operator.incarnation.call('disk.size', () => this.#opened().size);
  }

  append(bytes: Uint8Array): void {
    const put = (count: number): void => {
      const part = count === bytes.length ? bytes : bytes.subarray(0, count);
      this.#opened().append(part);
      this.#operator.incarnation.note(this.#appendNote, part);
    };
    const work = (): void => {
      const free = this.#operator.freeBytes;
      put(Math.min(bytes.length, free));
      if (bytes.length <= free) return;
      this.#operator.incarnation.note('disk.refused', `append ${this.#path}: full`);
      throw new DiskError('full', this.#path);
    };
    this.#operator.do('disk.append', 'append', this.#path, bytes.length, work, put);
  }

  read(offset: number, length: number): Uint8Array {
    return this.#operator.do('disk.read', 'read', this.#path, length, () => this.#opened().read(offset, length));
  }

  truncate(size: number): void {
    this.#operator.do('disk.truncate', 'truncate', this.#path, 0, () => {
      this.#opened().truncate(size);
      this.#operator.incarnation.note(`disk.truncate ${this.#path}`, String(size));
    });
  }

  sync(): void {
    this.#operator.do('disk.sync', 'sync', this.#path, 0, () => {
      this.#opened().sync();
      this.#operator.incarnation.note(this.#syncedNote, String(this.#file.syncedSize));
    });
  }

  /** Takes virtual time and does not hold up its process; a death meanwhile leaves the bytes unsynced. */
  syncLater(done: (error: DiskError | undefined) => void): void {
    const { incarnation } = this.#operator;
    const file = this.#file;
    incarnation.call('disk.syncLater', () => {
      const { size } = this.#opened();
      const fault = this.#operator.fault('sync', this.#path);
      incarnation.later(fault?.delayUs ?? SYNC_US, `disk.synced ${this.#path}`, () => {
        if (fault?.error === undefined) {
          file.sync(size);
          incarnation.note(this.#syncedNote, String(file.syncedSize));
        }
        done(fault?.error && new DiskError(fault.error, this.#path, new Error('a fault of the simulated disk in sync')));
      });
    });
  }

  close(): void {
    this.#operator.incarnation.call('disk.close', () => {
      this.#open = false;
    });
  }

  #opened(): FileImage {
    if (!this.#open) throw new DiskError('failed', this.#path, new Error('the file was closed'));
    return this.#file;
  }
}

/** The same names are refused as on a real disk. @throws DiskError `denied` */
function checked(path: string): string {
  if (path === '') return path;
  const plain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain || path.includes('\\') || path.includes('\0')) {
    throw new DiskError('denied', path, new Error('a path must stay below the data directory'));
  }
  return path;
}

function filePath(path: string): string {
  if (path === '') throw new DiskError('failed', path, new Error('this is a folder'));
  return checked(path);
}

function namesIn(image: DiskImage, folder: string): readonly string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const below = image.paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return below.filter((name) => !name.includes('/')).sort();
}

function existsIn(image: DiskImage, path: string): boolean {
  return path === '' || image.file(path) !== undefined || image.paths.some((other) => other.startsWith(`${path}/`));
}
