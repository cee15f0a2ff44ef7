/**
 * The event trace: every event and every noted payload, folded into one SHA-256, so that "same seed, same run" is one comparison;
 * optionally also written out as readable NDJSON to find where two runs part.
 */
import { createHash } from 'node:crypto';

/** Receives one JSON text per event or note, without the line feed. */
export type TraceSink = (line: string) => void;

/** What was noted, for checkers: what left a process and what it put on disk, whatever the services think of it. */
export interface TraceNote {
  readonly us: number;
  readonly who: string;
  /** E.g. `http.request`, `disk.append journal/1`, `killed`, or the topic of a published frame. */
  readonly what: string;
  readonly detail: string | Uint8Array;
}

const BUFFER_BYTES = 64 * 1024;
/** Fixed part of a record: mark, time, two names, one number or length. */
const HEAD_BYTES = 1 + 8 + 2 + 2 + 8;
const EVENT = 1;
const NOTE = 2;
const NAME = 3;
/** How much of a payload a readable line shows. */
const SHOWN_CHARACTERS = 400;

export class Trace {
  /** Sees every note as it is made; must not change the world. */
  onNote: ((note: TraceNote) => void) | undefined;
  readonly #hash = createHash('sha256');
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  readonly #names = new Map<string, number>();
  readonly #sink: TraceSink | undefined;
  #used = 0;
  #records = 0;

  constructor(sink?: TraceSink) {
    this.#sink = sink;
  }

  /** Events and notes so far. */
  get records(): number {
    return this.#records;
  }

  /** Hex SHA-256 over everything so far; asking does not change it. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  event(atUs: number, who: string, kind: string, order: number): void {
    this.#head(EVENT, atUs, who, kind, order);
    this.#sink?.(JSON.stringify({ us: atUs, who, event: kind, order }));
  }

  /** A payload or decision worth comparing byte for byte: a frame, a disk write, a log line. */
  note(atUs: number, who: string, what: string, detail: string | Uint8Array): void {
    if (typeof detail === 'string') this.#noteText(atUs, who, what, detail);
    else this.#noteBytes(atUs, who, what, detail);
    this.onNote?.({ us: atUs, who, what, detail });
    this.#sink?.(JSON.stringify({ us: atUs, who, note: what, detail: shown(detail) }));
  }

  #noteText(atUs: number, who: string, what: string, text: string): void {
    this.#head(NOTE, atUs, who, what, text.length);
    // At most three bytes of UTF-8 for each UTF-16 unit.
    if (text.length * 3 <= BUFFER_BYTES - this.#used) {
      this.#used += this.#buffer.write(text, this.#used, 'utf8');
      return;
    }
    this.#flush();
    this.#hash.update(text, 'utf8');
  }

  #noteBytes(atUs: number, who: string, what: string, bytes: Uint8Array): void {
    this.#head(NOTE, atUs, who, what, bytes.length);
    if (bytes.length <= BUFFER_BYTES - this.#used) {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
      return;
    }
    this.#flush();
    this.#hash.update(bytes);
  }

  #head(mark: number, atUs: number, who: string, what: string, number: number): void {
    const whoId = this.#nameId(who);
    const whatId = this.#nameId(what);
    this.#records++;
    if (this.#used + HEAD_BYTES > BUFFER_BYTES) this.#flush();
    const buffer = this.#buffer;
    const at = this.#used;
    buffer[at] = mark;
    buffer.writeDoubleLE(atUs, at + 1);
    buffer.writeUInt16LE(whoId & 0xffff, at + 9);
    buffer.writeUInt16LE(whatId & 0xffff, at + 11);
    buffer.writeDoubleLE(number, at + 13);
    this.#used = at + HEAD_BYTES;
  }

  /** Names are folded once and then stand as numbers. */
  #nameId(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#names.size;
    this.#names.set(name, id);
    this.#flush();
    this.#hash.update(Uint8Array.of(NAME)).update(`${name}\n`, 'utf8');
    return id;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#hash.update(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}

function shown(detail: string | Uint8Array): string {
  if (typeof detail === 'string') return detail.slice(0, SHOWN_CHARACTERS);
  return Buffer.from(detail.subarray(0, SHOWN_CHARACTERS / 2)).toString('latin1');
}
