/**
 * Rejections that nobody handles, while kernels run. Those of dead incarnations are the end of code that no longer exists; any other is
 * a bug (it would end the real process) and fails the run.
 */
import { runInThisContext } from 'node:vm';
import { AppError } from '@fillwright/runtime/ports';
import { IncarnationDead } from './incarnation-dead.ts';

export interface FailsOnStray {
  fail(error: unknown): void;
}

const watching = new Set<FailsOnStray>();
let isListening = false;
/** The process itself: a test runner may hand modules a copy that never emits anything. */
const realProcess = runInThisContext('process') as NodeJS.Process;

function onUnhandled(reason: unknown, promise: Promise<unknown>): void {
  // Handled from here on, also for others who watch.
  promise.catch(() => undefined);
  if (reason instanceof IncarnationDead) return;
  const text = reason instanceof Error ? reason.message : String(reason);
  const error = new AppError('SIM_UNCAUGHT', `a promise was rejected and nobody handled it: ${text}`, { cause: reason });
  // Between two runs only the dead may still speak; whatever else does is as fatal as without a listener.
  if (watching.size === 0) throw error;
  for (const kernel of watching) kernel.fail(error);
}

function onHandledLate(): void {}

export const StrayRejections = {
  /** From the first kernel on for as long as the process lives: the code of the dead goes on to end after its world has. */
  watch(kernel: FailsOnStray): void {
    if (!isListening) {
      realProcess.on('unhandledRejection', onUnhandled);
      // Without a listener Node warns of each one that is handled from then on.
      realProcess.on('rejectionHandled', onHandledLate);
      isListening = true;
    }
    watching.add(kernel);
  },

  unwatch(kernel: FailsOnStray): void {
    watching.delete(kernel);
  },
};
