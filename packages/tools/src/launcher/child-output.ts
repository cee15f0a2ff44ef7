/** The `.out` file of a child: what it writes to stdout and stderr, begun anew with each launch and bounded. */
import type { Disk, DiskFile } from '@fillwright/runtime';

/** Children log to their own files; more than this on the standard streams is a fault that need not fill the disk. */
const MAX_BYTES = 8 * 1024 * 1024;

export class ChildOutput {
  readonly #file: DiskFile;
  #failed = false;

  /** `fileName` is relative to the log folder. @throws DiskError */
  constructor(disk: Disk, fileName: string) {
    this.#file = disk.open(fileName);
    this.#file.truncate(0);
  }

  add(line: string): void {
    if (this.#failed) return;
    try {
      if (this.#file.size > MAX_BYTES) this.#file.truncate(0);
      this.#file.append(Buffer.from(`${line}\n`));
    } catch {
      // A full disk must not stop the desk; the last lines are also kept in memory.
      this.#failed = true;
    }
  }
}
