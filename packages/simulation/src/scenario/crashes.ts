/** Crashes for a simulated desk: kill -9 at a time or at a port call, and a new life with the same files. */
import type { Incarnation, KillOptions } from '../kernel/incarnation.ts';
import type { SimulatedProcess, World } from '../kernel/world.ts';
import type { Desk } from './desk.ts';

export interface Crash {
  /** Virtual time from the start of the world. */
  readonly atUs: number;
  /** From death to the next life. */
  readonly downUs: number;
  /**
   * Absent: it dies at `atUs`, between two events. Else in the middle of its work, at its n-th port call from then on: `before` = the
   * call never happened, `after` = it happened and the caller never learnt of it.
   */
  readonly call?: { readonly number: number; readonly side: 'before' | 'after' };
  readonly kill?: KillOptions;
}

/** `process` dies and comes back; it may be dead already when its time comes, then nothing happens. Returns how to call it off while it lives. */
export function crash({ world }: Desk, process: SimulatedProcess<object>, { atUs, downUs, call, kill }: Crash): () => void {
  let isOff = false;
  const die = (): void => {
    if (isOff) return;
    isOff = true;
    process.kill(kill);
    world.kernel.at(world.kernel.nowUs + downUs, 'restart', undefined, () => {
      if (!process.alive) process.restart();
    });
  };
  world.kernel.at(atUs, 'crash', undefined, () => {
    if (!process.alive) return;
    if (call === undefined) die();
    else dieAtCall(world, process.incarnation, call, die);
  });
  return () => {
    isOff = true;
  };
}

function dieAtCall(world: World, incarnation: Incarnation, { number, side }: NonNullable<Crash['call']>, die: () => void): void {
  const outer = world.gate;
  let left = number;
  world.gate = {
    before: (made) => {
      outer?.before?.(made);
      if (made.incarnation !== incarnation || left <= 0) return;
      left -= 1;
      if (left === 0 && side === 'before') die();
    },
    after: (made) => {
      outer?.after?.(made);
      // A call within this call may have been the n-th; this one is the first to end.
      if (made.incarnation === incarnation && left === 0 && side === 'after') die();
    },
  };
}
