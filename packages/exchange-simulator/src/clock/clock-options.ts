/** Which clock a venue runs on. */
import type { Clock } from '@fillwright/runtime/ports';
import { AcceleratedClock } from './accelerated-clock.ts';
import { SteppedClock } from './stepped-clock.ts';

export type ClockOptions =
  /** The machine's. */
  | { readonly mode: 'real' }
  /** `factor` times as fast as the machine's, from `startMs` or the machine's time. */
  | { readonly mode: 'accelerated'; readonly factor: number; readonly startMs?: number }
  /** Moves only by the control API, from `startMs` or the machine's time. */
  | { readonly mode: 'stepped'; readonly startMs?: number };

/** `startUs`, where a loaded state says, goes before the options' own. */
export function clockSource(options: ClockOptions, machine: Clock, startUs?: number): Clock {
  if (options.mode === 'real') return machine;
  const { startMs } = options;
  const fromUs = startUs ?? (startMs === undefined ? machine.wallUs() : startMs * 1000);
  return options.mode === 'stepped' ? new SteppedClock(fromUs) : new AcceleratedClock(machine, options.factor, fromUs);
}
