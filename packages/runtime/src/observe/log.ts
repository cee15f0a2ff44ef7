/** Structured logs as JSON lines through pino: `ts, level, proc, event` and the fields, secrets removed. Logging never throws. */
import { type Logger, pino } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields, LogLevel } from '../ports/log.ts';
import { plainFields } from './log-fields.ts';
import type { SecretRegistry } from './secret-registry.ts';

export interface LogOptions {
  /** PROCESS_NAME. */
  readonly proc: string;
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly secrets: SecretRegistry;
  /** Takes each whole line; decides where it goes. */
  readonly write: (line: string, level: LogLevel) => void;
  /** Marks error lines with `"alert":true`. */
  readonly alertOnErrors?: boolean;
  /** Told of each line that is written, for counting. */
  readonly onLine?: (level: LogLevel) => void;
}

export function createLog(options: LogOptions): Log {
  // Pino writes a line within the call that logs it, so the level of the line at hand is the one last set.
  let level: LogLevel = 'info';
  const logger = pino(
    {
      level: options.level,
      base: { proc: options.proc },
      messageKey: 'event',
      timestamp: () => `,"ts":"${isoMicroseconds(options.clock.wallUs())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => options.write(line, level) },
  );
  return wrap(logger, options, (next) => {
    level = next;
    options.onLine?.(next);
  });
}

function wrap(logger: Logger, options: LogOptions, begin: (level: LogLevel) => void): Log {
  const line = (level: LogLevel, event: string, fields: LogFields = {}) => {
    if (!logger.isLevelEnabled(level)) return;
    begin(level);
    const plain = plainFields(fields, options.secrets.scrub);
    if (level === 'error' && options.alertOnErrors === true) plain.alert = true;
    logger[level](plain, event);
  };
  return {
    debug: (event, fields) => line('debug', event, fields),
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, fields) => line('error', event, fields),
    child: (fields) => wrap(logger.child(plainFields(fields, options.secrets.scrub)), options, begin),
  };
}

/** `2026-11-21T01:02:03.123456Z` */
function isoMicroseconds(us: number): string {
  const ms = Math.floor(us / 1_000);
  const rest = String(us - ms * 1_000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}
