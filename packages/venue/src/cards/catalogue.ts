/** Every card, in the order in which they are played: first what data needs, then single orders, then whole lives, then trouble. */
import { BATCH_CARDS } from './batches.ts';
import { CANCEL_CARDS } from './cancels.ts';
import type { Card } from './card.ts';
import { CHANGE_CARDS } from './changes.ts';
import { CONDITIONAL_ORDER_CARDS } from './conditional-orders.ts';
import { CRASH_CARDS } from './crashes.ts';
import { DISTURBANCE_CARDS } from './disturbances.ts';
import { DOUBT_CARDS } from './doubts.ts';
import { FLAG_CARDS } from './flags.ts';
import { LIFE_CYCLE_CARDS } from './life-cycle.ts';
import { LIMIT_ORDER_CARDS } from './limit-orders.ts';
import { MARKET_DATA_CARDS } from './market-data.ts';
import { MARKET_ORDER_CARDS } from './market-orders.ts';

export const CARDS: readonly Card[] = [
  ...MARKET_DATA_CARDS,
  ...MARKET_ORDER_CARDS,
  ...LIMIT_ORDER_CARDS,
  ...CONDITIONAL_ORDER_CARDS,
  ...CHANGE_CARDS,
  ...CANCEL_CARDS,
  ...FLAG_CARDS,
  ...DOUBT_CARDS,
  ...LIFE_CYCLE_CARDS,
  ...CRASH_CARDS,
  ...DISTURBANCE_CARDS,
  ...BATCH_CARDS,
];
