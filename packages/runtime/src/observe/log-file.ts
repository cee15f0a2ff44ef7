/**
 * A log file of bounded size: lines are gathered and written together, and the file is turned over to `.1`, `.2`, … when it is full.
 * Plain synchronous writes, since a pending asynchronous one would be lost at exit, and a full disk must never hang the process.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../app-error.ts';

const MEBIBYTE = 1024 * 1024;
/** How long a line may wait for company, and how much company makes it go at once. */
const GATHER_MS = 20;
const GATHER_BYTES = 64 * 1024;
/** After a failed write. */
const RETRY_MS = 1_000;

export interface LogFileOptions {
  /** Default 64 MiB. */
  readonly maxBytes?: number;
  /** The newest one included; default 5. */
  readonly maxFiles?: number;
  /** Bytes that wait while the file cannot be written; beyond it new lines are dropped and counted. Default 4 MiB. */
  readonly maxPendingBytes?: number;
  /** Told of the first failed write after a good one (a full disk). */
  readonly onFailure?: (error: Error) => void;
}

export interface LogSink {
  /** One line with its newline. Never throws. */
  write(line: string): void;
  /** Writes what is pending. Never throws. */
  flush(): void;
  /** Lines lost so far. */
  readonly dropped: number;
}

/** @throws AppError `RUN_LOG_FAILED` when the file cannot be opened. */
export function openLogFile(path: string, options: LogFileOptions = {}): LogSink {
  return new LogFile(path, options);
}

class LogFile implements LogSink {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #maxPendingBytes: number;
  readonly #onFailure: (error: Error) => void;
  #fd: number;
  /** In the file. */
  #bytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  #failing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, options: LogFileOptions) {
    this.#path = path;
    this.#maxBytes = options.maxBytes ?? 64 * MEBIBYTE;
    this.#maxFiles = options.maxFiles ?? 5;
    this.#maxPendingBytes = options.maxPendingBytes ?? 4 * MEBIBYTE;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#fd = openFile(path);
    this.#bytes = fstatSync(this.#fd).size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#pendingBytes + bytes.length > this.#maxPendingBytes) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= GATHER_BYTES && !this.#failing) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#failing ? RETRY_MS : GATHER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#pending.length > 0) {
        if (this.#bytes >= this.#maxBytes) this.#turnOver();
        this.#writeBatch();
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#onFailure(error instanceof Error ? error : new Error(String(error)));
      this.#failing = true;
    }
  }

  /** As many whole lines as the file still takes, at least one; what a failed or short write leaves stays pending. */
  #writeBatch(): void {
    const room = this.#maxBytes - this.#bytes;
    let count = 0;
    let size = 0;
    for (const line of this.#pending) {
      if (count > 0 && size + line.length > room) break;
      count += 1;
      size += line.length;
    }
    const batch = Buffer.concat(this.#pending.splice(0, count));
    let written = 0;
    try {
      while (written < batch.length) written += writeSync(this.#fd, batch, written);
    } finally {
      if (written < batch.length) this.#pending.unshift(batch.subarray(written));
      this.#pendingBytes -= written;
      this.#bytes += written;
    }
  }

  /** The full file goes on being used when this fails: too long a log is better than none. It is tried again after as many bytes. */
  #turnOver(): void {
    try {
      shiftFiles(this.#path, this.#maxFiles);
      const fd = openFile(this.#path);
      closeSync(this.#fd);
      this.#fd = fd;
    } catch (error) {
      this.#onFailure(error instanceof Error ? error : new Error(String(error)));
    }
    this.#bytes = 0;
  }
}

function openFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a');
  } catch (error) {
    const message = `cannot write the log file ${path}: ${error instanceof Error ? error.message : error}; check the folder and its rights`;
    throw new AppError('RUN_LOG_FAILED', message, { cause: error });
  }
}

/** `x.log.3` → `x.log.4`, …, `x.log` → `x.log.1`; the oldest goes. */
function shiftFiles(path: string, maxFiles: number): void {
  if (maxFiles <= 1) {
    rmSync(path, { force: true });
    return;
  }
  rmSync(`${path}.${maxFiles - 1}`, { force: true });
  for (let index = maxFiles - 2; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  renameSync(path, `${path}.1`);
}
