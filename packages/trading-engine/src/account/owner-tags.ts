/** Who made an order, seen from its id. Pure. */
import type { UsTime } from '@fillwright/domain';

const EPOCH_AND_COUNTER = /^([0-9a-z]{6})[0-9a-z]+$/;
/** No engine or trader ran before (2017). */
const EARLIEST_EPOCH_S = 1_500_000_000;
/** Clocks of other hosts may be ahead, and an epoch rises by one with each start. */
const AHEAD_S = 7 * 86_400;

/**
 * Of orders that the engine makes itself, to close positions. Nobody else may use them; the later ones are for a desk where somebody did
 * before they were reserved.
 */
export const ENGINE_TAGS = ['FLAT', 'EXIT', 'SHUT'] as const;
const REDUCE = 'reduce-';

/** Strategy of the engine's orders that close what one owner built up. */
export function reduceStrategy(tag: string): string {
  return `${REDUCE}${tag}`;
}

/** The owner whose holdings an order with this strategy closes; undefined for those that close whatever is held. */
export function reducedTag(strategy: string): string | undefined {
  return strategy.startsWith(REDUCE) ? strategy.slice(REDUCE.length) : undefined;
}

/** Whether ids with one tag may be taken for ids with the other. */
export function overlaps(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/**
 * Whether `id` is `tag` + epoch + counter, as `composeClientOrderId` makes them. The first characters alone prove nothing: the venue gives
 * random ids to orders made by hand, and whoever cancels by tag must not touch those.
 */
export function wasComposedWith(id: string, tag: string, now: UsTime): boolean {
  if (!id.startsWith(tag)) return false;
  const epochText = EPOCH_AND_COUNTER.exec(id.slice(tag.length))?.[1];
  if (epochText === undefined) return false;
  const epoch = Number.parseInt(epochText, 36);
  return epoch >= EARLIEST_EPOCH_S && epoch <= now / 1_000_000 + AHEAD_S;
}
