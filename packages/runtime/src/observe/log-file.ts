/** A log file of bounded size: written behind the caller's back, and turned over to `.1`, `.2`, … when it is full. */
import { existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination } from 'pino';
import { AppError } from '../app-error.ts';

const MEBIBYTE = 1024 * 1024;

export interface LogFileOptions {
  /** Default 64 MiB. */
  readonly maxBytes?: number;
  /** The newest one included; default 5. */
  readonly maxFiles?: number;
  /** Lines not yet written, in bytes; beyond it new lines are dropped and counted. Default 16 MiB. */
  readonly maxPendingBytes?: number;
  /** Told of the first failed write after a good one (a full disk); lines are then lost, trading goes on. */
  readonly onFailure?: (error: Error) => void;
}

export interface LogSink {
  /** One line with its newline. Never throws, never waits. */
  write(line: string): void;
  /** Writes what is pending, synchronously. */
  flush(): void;
  /** Lines lost so far. */
  readonly dropped: number;
}

/** @throws AppError `RUN_LOG_FAILED` when the file cannot be opened. */
export function openLogFile(path: string, options: LogFileOptions = {}): LogSink {
  const { maxBytes = 64 * MEBIBYTE, maxFiles = 5, maxPendingBytes = 16 * MEBIBYTE, onFailure = () => {} } = options;
  let dropped = 0;
  let failing = false;

  const open = () => {
    const fd = openFile(path);
    const stream = destination({ dest: fd, sync: false, maxLength: maxPendingBytes });
    stream.on('drop', () => {
      dropped += 1;
    });
    stream.on('write', () => {
      failing = false;
    });
    stream.on('error', (error: Error) => {
      if (!failing) onFailure(error);
      failing = true;
    });
    return { stream, bytes: fstatSync(fd).size };
  };
  let current = open();

  const turnOver = () => {
    try {
      current.stream.flushSync();
      shiftFiles(path, maxFiles);
      const full = current;
      current = open();
      full.stream.end();
    } catch (error) {
      // The full file goes on being used: too long a log is better than none. It is tried again after as many bytes.
      current.bytes = 0;
      onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  };

  return {
    write: (line) => {
      if (current.bytes > maxBytes) turnOver();
      current.bytes += Buffer.byteLength(line);
      current.stream.write(line);
    },
    flush: () => {
      try {
        current.stream.flushSync();
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    },
    get dropped() {
      return dropped;
    },
  };
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
  rmSync(`${path}.${maxFiles - 1}`, { force: true });
  for (let index = maxFiles - 2; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  if (maxFiles > 1) renameSync(path, `${path}.1`);
  else rmSync(path, { force: true });
}
