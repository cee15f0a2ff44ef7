/**
 * bottleneck/light evaluated with our time and randomness in place of the globals, so that it is deterministic in simulation.
 * A delay of zero becomes a microtask: as it comes, bottleneck adds milliseconds before each job.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

export interface BottleneckInstance {
  schedule<T>(options: { readonly priority: number; readonly weight: number }, job: () => Promise<T>): Promise<T>;
  disconnect(flush?: boolean): void;
}

export type BottleneckClass = new (options: Readonly<Record<string, unknown>>) => BottleneckInstance;

const require = createRequire(import.meta.url);
/** Read once per process: the same text serves every incarnation. */
let source: string | undefined;

const NAMES = ['module', 'exports', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'Math'];

export function loadBottleneck(clock: Clock, random: Random): BottleneckClass {
  source ??= readFileSync(require.resolve('bottleneck/light.js'), 'utf8');
  const module: { exports: unknown } = { exports: {} };
  const timers = timerFunctions(clock);
  const date = { now: () => Math.floor(clock.monotonicUs() / 1000) };
  const math = Object.create(Math, { random: { value: () => random.float() } }) as Math;
  const evaluate = compileFunction(source, NAMES) as (...values: unknown[]) => void;
  evaluate.call(undefined, module, module.exports, timers.setTimeout, timers.clear, timers.setInterval, timers.clear, date, math);
  return module.exports as BottleneckClass;
}

interface Handle {
  cancelled: boolean;
  timer?: Timer;
  unref(): void;
}

function timerFunctions(clock: Clock) {
  const handle = (): Handle => ({ cancelled: false, unref: () => undefined });
  const clear = (given: Handle | undefined) => {
    if (!given) return;
    given.cancelled = true;
    given.timer?.cancel();
  };
  const setTimeout = (callback: () => void, delayMs = 0): Handle => {
    const made = handle();
    const run = () => {
      if (!made.cancelled) callback();
    };
    if (delayMs > 0) made.timer = clock.after(delayMs, run);
    else queueMicrotask(run);
    return made;
  };
  const setInterval = (callback: () => void, everyMs: number): Handle => {
    const made = handle();
    const arm = () => {
      made.timer = clock.after(everyMs, () => {
        if (made.cancelled) return;
        arm();
        callback();
      });
    };
    arm();
    return made;
  };
  return { setTimeout, setInterval, clear };
}
