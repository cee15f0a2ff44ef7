/** Clients leave timers behind that nothing of theirs stops (30 min keepalives): remembers every one made, ends them all. */
import { afterAll, beforeAll } from '@jest/globals';

const made = new Set<NodeJS.Timeout>();

/** Within the block around it; all are ended after its last test. */
export function endTimersAfterwards(): void {
  let end = (): void => {};
  beforeAll(() => {
    end = watchTimers();
  });
  afterAll(() => end());
}

function watchTimers(): () => void {
  const { setTimeout: timeout, setInterval: interval } = globalThis;
  const remembered = (make: typeof setTimeout) =>
    Object.assign((...args: Parameters<typeof setTimeout>) => {
      const timer = make(...args);
      made.add(timer);
      return timer;
    }, make);
  globalThis.setTimeout = remembered(timeout) as typeof setTimeout;
  globalThis.setInterval = remembered(interval as unknown as typeof setTimeout) as unknown as typeof setInterval;
  return () => {
    for (const timer of made) clearTimeout(timer);
    made.clear();
    Object.assign(globalThis, { setTimeout: timeout, setInterval: interval });
  };
}
