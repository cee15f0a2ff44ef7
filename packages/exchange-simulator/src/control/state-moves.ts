/** Control commands that write the venue's state to a file and go on from one. */
import { AppError, DiskError } from '@fillwright/runtime/ports';
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { ControlCall } from './control-api.ts';

/** Optional `file`, relative to the data directory; absent = the configured one. */
export function dumpState({ venue, params }: ControlCall): JsonValue {
  return { file: reported(() => venue.dump(params.text('file'))) };
}

/** Optional `file`. Clients are cut off. */
export function loadState({ venue, params }: ControlCall): JsonValue {
  return { file: reported(() => venue.load(params.text('file'))) };
}

function reported(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) return refuse(new Refusal(400, error.message));
    if (error instanceof DiskError) return refuse(new Refusal(500, error.message, 500));
    throw error;
  }
}
