/**
 * A file named `HALT` in the engine's data folder forbids every new order, whoever put it there: a person, a script, a supervisor that has no
 * way to the service socket. It is looked for before every write to the venue; only an operator's resume takes it away.
 */
import type { Disk, Log } from '@fillwright/runtime';

export const HALT_FILE = 'HALT';
/** Of what stands in the file, for logs and the audit record. */
const TEXT = 200;

export class HaltMarker {
  readonly #disk: Disk;
  readonly #log: Log;

  constructor(disk: Disk, log: Log) {
    this.#disk = disk;
    this.#log = log;
  }

  get isSet(): boolean {
    return this.#disk.exists(HALT_FILE);
  }

  /** What the file says; it may be empty, or unreadable. */
  get text(): string {
    try {
      return new TextDecoder().decode(this.#disk.readWhole(HALT_FILE)).trim().slice(0, TEXT);
    } catch {
      // It is there, and that is all that counts.
      return '';
    }
  }

  /** False when the disk does not let it go: the halt stays. */
  clear(): boolean {
    try {
      this.#disk.remove(HALT_FILE);
    } catch (error) {
      this.#log.error('halt-marker-stays', { code: 'ENG_HALT_MARKER_STAYS', error });
    }
    return !this.isSet;
  }
}
