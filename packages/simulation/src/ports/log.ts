/** Logs of the simulated world: the newest lines in a ring; warnings and errors are part of the trace. */
import type { Log, LogFields, LogLevel } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';

export interface LogLine {
  readonly us: number;
  readonly who: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

const DEFAULT_LINES = 10_000;

/** Keeps the newest lines; the oldest give way. */
export class LogRing {
  readonly #capacity: number;
  readonly #lines: LogLine[] = [];
  #next = 0;

  constructor(capacity: number = DEFAULT_LINES) {
    this.#capacity = capacity;
  }

  add(line: LogLine): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Oldest first. */
  lines(): readonly LogLine[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }
}

export function simulatedLog(incarnation: Incarnation, ring: LogRing, context: LogFields = {}): Log {
  const write = (level: LogLevel, event: string, fields: LogFields | undefined): void =>
    incarnation.call('log.write', () => {
      const all = { ...context, ...fields };
      ring.add({ us: incarnation.nowUs, who: incarnation.name, level, event, fields: all });
      if (level === 'warn' || level === 'error') incarnation.note(`log.${level} ${event}`, fieldsText(all));
    });
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    child: (fields) => simulatedLog(incarnation, ring, { ...context, ...fields }),
  };
}

/** One text for one set of fields; stacks are left out, since they name files of this computer. */
export function fieldsText(fields: LogFields): string {
  try {
    return JSON.stringify(fields, (_key, value: unknown) => plain(value));
  } catch {
    // A cycle: the event's name is in the trace all the same.
    return '[cyclic]';
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map || value instanceof Set) return [...value];
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, ...('code' in value ? { code: value.code } : {}) };
}
