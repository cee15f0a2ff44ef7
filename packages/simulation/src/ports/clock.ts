/** Virtual time as one incarnation sees it. */
import type { Clock } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';

/** The longest wait of a live timer. */
const MAX_TIMER_MS = 2_147_483_647;

export function simulatedClock(incarnation: Incarnation): Clock {
  const { kernel, machine } = incarnation;
  return {
    wallUs: () => incarnation.call('clock.wallUs', () => machine.wallUs(incarnation.nowUs)),
    monotonicUs: () => incarnation.call('clock.monotonicUs', () => machine.monotonicUs(incarnation.nowUs)),
    after: (delayMs, callback) =>
      incarnation.call('clock.after', () => {
        if (Number.isNaN(delayMs)) throw new RangeError('a timer cannot wait NaN ms');
        const event = incarnation.later(Math.ceil(Math.min(Math.max(0, delayMs), MAX_TIMER_MS) * 1000), 'timer', callback);
        return { cancel: () => incarnation.call('clock.cancel', () => kernel.cancel(event)) };
      }),
  };
}
