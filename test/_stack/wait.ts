/** Waiting for what only looking can show: a condition with a deadline, and a failure that says what was seen last. */

const PAUSE_MS = 15;

export const nowMs = (): number => performance.now();

export interface UntilOptions {
  readonly withinMs?: number;
  /** Between two looks. */
  readonly everyMs?: number;
  readonly describe?: () => string | Promise<string>;
}

/**
 * Resolves with what `look` gives as soon as it is neither `undefined` nor `false`; what it throws meanwhile is kept for the failure.
 * `describe` adds what a person would want to see when it never comes.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 15_000, everyMs = PAUSE_MS, describe = () => '' }: UntilOptions = {},
): Promise<T> {
  const startedMs = nowMs();
  let last: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (nowMs() - startedMs < withinMs);
  const why = last === undefined ? '' : `\nlast: ${last instanceof Error ? last.message : String(last)}`;
  throw new Error(`not within ${withinMs} ms: ${what}${why}\n${await describe()}`.trimEnd());
}

/** `promise`, or a failure that names it. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

let lastEpoch = 0;

/**
 * Of a sender that starts now: these tests talk to real processes, which tell an old life of a sender from a new one by the clock on the wall.
 * Two that start in the same second have different ones, as two lives have.
 */
export function epochNow(): number {
  lastEpoch = Math.max(lastEpoch + 1, Math.floor(Date.now() / 1000));
  return lastEpoch;
}
