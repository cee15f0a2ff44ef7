/** How late answers and frames are; drills change it while the venue runs. */
import type { DelayOptions } from '../options/options.ts';

export class Delays implements DelayOptions {
  replyMs: number;
  userMs: number;
  marketMs: number;
  jitterMs: number;

  constructor({ replyMs, userMs, marketMs, jitterMs }: DelayOptions) {
    this.replyMs = replyMs;
    this.userMs = userMs;
    this.marketMs = marketMs;
    this.jitterMs = jitterMs;
  }
}
