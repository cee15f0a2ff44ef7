/** The venue's words for orders and ours. Closed tables where a word drives state, open ones where it only describes. */
import type { OrderType, Side, TimeInForce } from '@fillwright/domain';
import type { VenueOrderPhase } from '@fillwright/venue';

export const SIDE_WORDS = { BUY: 'buy', SELL: 'sell' } as const satisfies Readonly<Record<string, Side>>;

export const TYPE_WORDS = {
  LIMIT: 'limit',
  MARKET: 'market',
  STOP: 'stop',
  STOP_MARKET: 'stop-market',
  TAKE_PROFIT: 'take-profit',
  TAKE_PROFIT_MARKET: 'take-profit-market',
  TRAILING_STOP_MARKET: 'trailing-stop-market',
} as const satisfies Readonly<Record<string, OrderType>>;

export const TYPE_TEXT = {
  limit: 'LIMIT',
  market: 'MARKET',
  stop: 'STOP',
  'stop-market': 'STOP_MARKET',
  'take-profit': 'TAKE_PROFIT',
  'take-profit-market': 'TAKE_PROFIT_MARKET',
  'trailing-stop-market': 'TRAILING_STOP_MARKET',
} as const satisfies Readonly<Record<OrderType, string>>;

/** RPI is post-only; GTE_GTC lives while a position exists. Both appear only on orders that others made. */
export const TIME_IN_FORCE_WORDS: Readonly<Record<string, TimeInForce>> = {
  GTC: 'GTC',
  IOC: 'IOC',
  FOK: 'FOK',
  GTX: 'GTX',
  GTD: 'GTD',
  RPI: 'GTX',
  GTE_GTC: 'GTC',
};

/** NEW_INSURANCE and NEW_ADL are old words of the liquidation flow: they say who, not how far. */
export const STATUS_WORDS = {
  NEW: 'new',
  PARTIALLY_FILLED: 'partially-filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
  REJECTED: 'rejected',
  NEW_INSURANCE: 'by-quantity',
  NEW_ADL: 'by-quantity',
} as const satisfies Readonly<Record<string, VenueOrderPhase | 'by-quantity'>>;

export const ALGO_STATUS_WORDS = {
  NEW: 'new',
  TRIGGERING: 'new',
  TRIGGERED: 'triggered',
  FINISHED: 'finished',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
} as const satisfies Readonly<Record<string, VenueOrderPhase | 'finished'>>;
