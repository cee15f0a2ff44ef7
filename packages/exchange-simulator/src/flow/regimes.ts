/**
 * How synthetic markets behave: a regime is a sequence of stages, each with its own walk, ladder and takers. Steps are those of the flow
 * (`FLOW_RATE` a second); amounts are shares, so that they mean the same on every symbol.
 */

export interface Stage {
  /** How long it lasts; the last stage of a regime has no end. */
  readonly steps: number;
  /** Price levels that the makers keep on each side. */
  readonly levels: number;
  /** Share of the price between two levels, in millionths. */
  readonly gap: number;
  /** Typical size of orders, as a multiple of the usual one; of bids besides. */
  readonly size: number;
  readonly bidSize: number;
  /** Greatest random step of the fair price, in gaps. */
  readonly walk: number;
  /** Steady step in the direction of the trend, in gaps, and the chance per step that the trend turns. */
  readonly drift: number;
  readonly turn: number;
  /** Pull towards `anchor` (as a multiple of where the symbol started), per step: keeps a long run near its price. */
  readonly pull: number;
  readonly anchor: number;
  /** Chance per step that a taker comes, and that it buys. */
  readonly taker: number;
  readonly buys: number;
}

/** About 0.3 basis points a second at the default rate: an ordinary day of a large market. */
const WALK: Stage = {
  ...{ steps: Number.POSITIVE_INFINITY, levels: 20, gap: 5, size: 1, bidSize: 1, walk: 4, drift: 0, turn: 0 },
  ...{ pull: 0.0005, anchor: 1, taker: 0.45, buys: 0.5 },
};
/** Deep books, a price that hardly leaves its place. */
const CALM: Stage = { ...WALK, levels: 30, size: 1.5, walk: 1, pull: 0.002, taker: 0.3 };
/** About a third of a percent a minute one way, for a quarter of an hour on average. */
const TRENDING: Stage = { ...WALK, drift: 1.25, turn: 1 / 7_200, pull: 0, taker: 0.55 };
/** Few levels far apart, small sizes, seldom a taker. */
const THIN: Stage = { ...WALK, levels: 6, gap: 200, size: 0.08, walk: 0.25, taker: 0.08 };

/** A quiet half minute, 12 % down within 20 s while bids vanish and all sell, 10 s at the bottom, most of it back in two minutes. */
const FLASH_CRASH: readonly Stage[] = [
  { ...WALK, steps: 240 },
  { ...WALK, steps: 160, levels: 15, gap: 100, bidSize: 0.3, walk: 1, pull: 0.02, anchor: 0.88, taker: 0.9, buys: 0.05 },
  { ...WALK, steps: 80, levels: 8, gap: 300, size: 0.1, walk: 0.5, pull: 0.02, anchor: 0.88, taker: 0.2 },
  { ...WALK, steps: 960, levels: 10, gap: 30, size: 0.4, walk: 1, pull: 0.005, anchor: 0.98, taker: 0.6, buys: 0.65 },
  { ...CALM, anchor: 0.98 },
];

export const REGIMES = {
  walk: [WALK],
  calm: [CALM],
  trending: [TRENDING],
  'flash-crash': FLASH_CRASH,
  thin: [THIN],
} as const satisfies Readonly<Record<string, readonly Stage[]>>;

export type Regime = keyof typeof REGIMES;
export const REGIME_NAMES = Object.keys(REGIMES) as readonly Regime[];

export function isRegime(text: string): text is Regime {
  return Object.hasOwn(REGIMES, text);
}
