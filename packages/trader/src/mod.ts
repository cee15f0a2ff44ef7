export type { Amount, Asked, Desk, OrderOptions, Placed } from './desk.ts';
export { optionsFromConfig, type TraderOptions } from './options.ts';
export { type Mark, type PositionState, type PublicTrade, Strategy, type Ticker } from './strategy.ts';
export { Trader } from './trader.ts';
