/** What the engine is told about whoever may fall silent: itself, a trader, the clock. */

import type { SilencePolicy } from '@fillwright/messages';

export interface WatchOptions {
  /** Dead man's switch at the venue; 0 = off. */
  readonly deadManCountdownMs: number;
  readonly deadManRefreshMs: number;
  /** A trader that was not heard for so long is dead; 0 = nobody looks. */
  readonly traderSilenceMs: number;
  readonly traderPolicy: SilencePolicy;
  /** By owner tag, where it is another. */
  readonly traderPolicies: ReadonlyMap<string, SilencePolicy>;
  /** Beyond it nothing that adds risk is sent; 0 = not watched. */
  readonly maxClockOffsetMs: number;
}

export const NO_WATCHES: WatchOptions = {
  deadManCountdownMs: 0,
  deadManRefreshMs: 30_000,
  traderSilenceMs: 0,
  traderPolicy: 'keep',
  traderPolicies: new Map(),
  maxClockOffsetMs: 0,
};
