/** What a run must have seen for its silence to prove anything: what ten minutes must have, in proportion to its length. */

/** Orders, fills and so on, of ten minutes. */
const OF_TEN_MINUTES = { orders: 500, fills: 50, engineKills: 5, cuts: 5 } as const;

export type Seen = Readonly<Record<keyof typeof OF_TEN_MINUTES, number>>;

/** Each minimum that was missed. A whole minute has one of each at least; in less of it the engine need not die. */
export function missedMinima(minutes: number, seen: Seen): readonly string[] {
  return Object.entries(OF_TEN_MINUTES).flatMap(([what, ofTen]) => {
    const share = (ofTen * minutes) / 10;
    const least = minutes < 1 ? Math.floor(share) : Math.ceil(share);
    const count = seen[what as keyof Seen];
    return count < least ? [`${what}: ${count}, at least ${least} in ${minutes} min`] : [];
  });
}
