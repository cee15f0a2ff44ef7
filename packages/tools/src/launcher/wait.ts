/** Waiting by the clock port. */
import type { Clock } from '@fillwright/runtime';

export function waitMs(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(0, ms), () => resolve());
  });
}
