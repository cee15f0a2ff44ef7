/** Virtual time as one incarnation sees it. */
import type { Clock } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';

export function simulatedClock(incarnation: Incarnation): Clock {
  const { kernel, machine } = incarnation;
  return {
    wallUs: () => incarnation.call('clock.wallUs', () => machine.wallUs(incarnation.nowUs)),
    monotonicUs: () => incarnation.call('clock.monotonicUs', () => machine.monotonicUs(incarnation.nowUs)),
    after: (delayMs, callback) =>
      incarnation.call('clock.after', () => {
        if (!Number.isFinite(delayMs)) throw new RangeError(`a timer cannot wait ${delayMs} ms`);
        const event = incarnation.later(Math.max(0, Math.round(delayMs * 1000)), 'timer', callback);
        return { cancel: () => incarnation.call('clock.cancel', () => kernel.cancel(event)) };
      }),
  };
}
