/** One file of a recording as records in order of time. A line that cannot be read ends it with an error that names file and line. */
import { AppError, type Disk, DiskError } from '@fillwright/runtime/ports';
import type { SymbolSpec } from '../market/symbol-spec.ts';
import { type Line, LineReader } from './csv-reader.ts';
import { BadLine, hasNames, RecordFormat, type TapeRecord } from './records.ts';

export class TapeFile {
  readonly #path: string;
  readonly #reader: LineReader;
  readonly #format: RecordFormat;
  /** Where the line of the next record begins. */
  #place: { readonly offset: number; readonly number: number };
  #next: TapeRecord | undefined;

  /** @throws AppError `XSM_REPLAY_UNREADABLE` when it cannot be opened or begins with what is no record. */
  constructor(disk: Disk, path: string, what: 'trades' | 'book', spec: SymbolSpec) {
    this.#path = path;
    this.#reader = opened(disk, path);
    this.#place = this.#reader.place;
    const first = this.#line();
    if (first === undefined) throw this.#error(1, 'the file is empty');
    this.#format = this.#try(first, () => new RecordFormat(what, first.text, spec));
    if (hasNames(first.text)) this.#read();
    else this.#next = this.#try(first, () => this.#format.read(first.text));
  }

  /** The next record; `undefined` at the end. */
  get next(): TapeRecord | undefined {
    return this.#next;
  }

  /** Takes the next record. @throws AppError `XSM_REPLAY_UNREADABLE` when the one after it cannot be read. */
  take(): void {
    this.#read();
  }

  #read(): void {
    const before = this.#next;
    this.#next = undefined;
    this.#place = this.#reader.place;
    const line = this.#line();
    if (line === undefined) return;
    const record = this.#try(line, () => this.#format.read(line.text));
    if (before !== undefined && record.timeUs < before.timeUs) throw this.#error(line.number, 'its time is before that of the line above');
    this.#next = record;
  }

  /** Empty lines are none. */
  #line(): Line | undefined {
    for (;;) {
      const line = this.#reader.next();
      if (line === 'too long') throw this.#error(this.#reader.place.number + 1, 'it is no line of text');
      if (line === undefined || line.text !== '') return line;
    }
  }

  #try<T>({ number }: Line, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof BadLine) throw this.#error(number, error.message);
      throw error;
    }
  }

  #error(line: number, why: string): AppError {
    return new AppError('XSM_REPLAY_UNREADABLE', `${this.#path}:${line} cannot be replayed: ${why}`, {
      details: { file: this.#path, line },
    });
  }

  hiddenState() {
    return { place: this.#place };
  }

  /** Goes on at a place of this file. */
  restoreHidden({ place }: ReturnType<TapeFile['hiddenState']>): void {
    this.#reader.seek(place);
    this.#next = undefined;
    this.#read();
  }

  close(): void {
    this.#reader.close();
  }
}

function opened(disk: Disk, path: string): LineReader {
  const absent = () =>
    new AppError('XSM_REPLAY_UNREADABLE', `${path} cannot be replayed: there is no such file`, { details: { file: path } });
  if (!disk.exists(path)) throw absent();
  try {
    return new LineReader(disk, path);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    throw new AppError('XSM_REPLAY_UNREADABLE', `${path} cannot be replayed: it cannot be opened (${error.code})`, { cause: error });
  }
}
