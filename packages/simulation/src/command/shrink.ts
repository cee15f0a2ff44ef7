/** Makes a schedule of faults shorter while it still breaks: halves first, then single events. */

/** Runs spent at most on one search; what was found until then is good enough to read. */
const MOST_RUNS = 40;

/** @param breaks whether a run with these events still shows a violation */
export async function shrink<T>(
  events: readonly T[],
  breaks: (fewer: readonly T[]) => Promise<boolean>,
  mostRuns = MOST_RUNS,
): Promise<readonly T[]> {
  let found = events;
  let runs = 0;
  let size = Math.ceil(found.length / 2);
  while (size >= 1 && found.length > 0) {
    let removed = false;
    for (let at = 0; at < found.length && runs < mostRuns; ) {
      const fewer = found.filter((_event, index) => index < at || index >= at + size);
      runs++;
      if (await breaks(fewer)) {
        found = fewer;
        removed = true;
      } else at += size;
    }
    if (runs >= mostRuns) return found;
    if (size === 1 && !removed) return found;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return found;
}
