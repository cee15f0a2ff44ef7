/** Lines of a file, one after the other, from any place, in bounded memory. */
import type { Disk, DiskFile } from '@fillwright/runtime/ports';

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

const CHUNK_BYTES = 64 * 1024;
/** A line longer than this is none. */
const LONGEST_LINE = 4_096;
const NEW_LINE = 10;

export class LineReader {
  readonly #file: DiskFile;
  /** Bytes read and not yet given. */
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  /** Of the next byte to read from the file. */
  #offset = 0;
  #number = 0;

  /** @throws DiskError when it cannot be opened. */
  constructor(disk: Disk, path: string) {
    this.#file = disk.open(path);
  }

  /** `undefined` at the end; `too long` stands for a line that is no line. */
  next(): Line | 'too long' | undefined {
    let end = this.#chunk.indexOf(NEW_LINE, this.#at);
    while (end < 0) {
      if (this.#chunk.length - this.#at > LONGEST_LINE) return 'too long';
      const more = this.#file.read(this.#offset, CHUNK_BYTES);
      if (more.length === 0) {
        if (this.#at === this.#chunk.length) return undefined;
        end = this.#chunk.length;
        break;
      }
      this.#offset += more.length;
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), more]);
      this.#at = 0;
      end = this.#chunk.indexOf(NEW_LINE);
    }
    if (end - this.#at > LONGEST_LINE) return 'too long';
    const text = Buffer.from(this.#chunk.subarray(this.#at, end)).toString('utf8').trimEnd();
    this.#at = Math.min(end + 1, this.#chunk.length);
    this.#number += 1;
    return { text, number: this.#number };
  }

  /** Where the next line begins, and how many went before it. */
  get place(): { readonly offset: number; readonly number: number } {
    return { offset: this.#offset - (this.#chunk.length - this.#at), number: this.#number };
  }

  seek({ offset, number }: { readonly offset: number; readonly number: number }): void {
    this.#chunk = new Uint8Array();
    this.#at = 0;
    this.#offset = offset;
    this.#number = number;
  }

  close(): void {
    this.#file.close();
  }
}
