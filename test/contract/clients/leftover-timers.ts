/**
 * Clients leave timers behind that nothing of theirs stops (30 min keepalives): remembers every one made and ends them all. The long ones
 * of a client can be fired by hand: its half hour is over when a test says so.
 */
import { afterAll, beforeAll } from '@jest/globals';

export interface ClientTimer {
  fire(): void;
}

interface Remembered extends ClientTimer {
  readonly afterMs: number;
  /** Made by a package that is not ours. */
  readonly foreign: boolean;
}

const made = new Map<NodeJS.Timeout, Remembered>();

/** Within the block around it; all are ended after its last test. */
export function endTimersAfterwards(): void {
  let end = (): void => {};
  beforeAll(() => {
    end = watchTimers();
  });
  afterAll(() => end());
}

/** Made by clients since the block began, and longer than that. */
export function clientTimers(longerThanMs: number): ClientTimer[] {
  return [...made.values()].filter(({ afterMs, foreign }) => foreign && afterMs > longerThanMs);
}

function watchTimers(): () => void {
  const { setTimeout: timeout, setInterval: interval } = globalThis;
  const remembered = (make: typeof setTimeout) =>
    Object.assign((...args: Parameters<typeof setTimeout>) => {
      const timer = make(...args);
      const [callback, afterMs = 0, ...rest] = args;
      const foreign =
        afterMs >= 10_000 && /node_modules\/(?!@fillwright)/.test(new Error('who made it').stack?.split('\n').slice(2, 5).join() ?? '');
      made.set(timer, { afterMs, foreign, fire: () => callback(...rest) });
      return timer;
    }, make);
  globalThis.setTimeout = remembered(timeout) as typeof setTimeout;
  globalThis.setInterval = remembered(interval as unknown as typeof setTimeout) as unknown as typeof setInterval;
  return () => {
    for (const timer of made.keys()) clearTimeout(timer);
    made.clear();
    Object.assign(globalThis, { setTimeout: timeout, setInterval: interval });
  };
}
