/** What a kind of fault is. */
import type { FaultEvent } from './fault-event.ts';
import type { Scene } from './scene.ts';

/** What a strike did, for the trace; `undo` when it lasts. `undefined`: there was nothing to strike. */
export interface Struck {
  readonly what: string;
  readonly undo?: () => void;
}

export interface Kind {
  readonly doc: string;
  strike(scene: Scene, event: FaultEvent): Struck | undefined;
}
