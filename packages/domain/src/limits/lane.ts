/** The lanes in which requests wait for a venue, the most urgent first: what takes risk away goes before what adds it. */
export const LANES = ['cancel', 'reduce', 'new', 'query'] as const;
export type Lane = (typeof LANES)[number];
