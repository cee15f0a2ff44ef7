/** What can be traded where, and the venue's filters for it. */
import type { Decimal } from '../decimal.ts';
import type { InstrumentId } from '../ids.ts';

export type InstrumentKind = 'linear-perpetual' | 'linear-delivery' | 'spot';

export interface Instrument {
  readonly id: InstrumentId;
  /** As the venue spells it, e.g. `BTCUSDT`. */
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** What fees, profit and margin are counted in. */
  readonly settleAsset: string;
  readonly trading: boolean;
  /** Zero = no such rule. */
  readonly tickSize: Decimal;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly lotSize: Decimal;
  readonly minQty: Decimal;
  readonly maxQty: Decimal;
  readonly marketLotSize: Decimal;
  readonly marketMinQty: Decimal;
  readonly marketMaxQty: Decimal;
  /** Quote units; reduce-only orders are exempt on Binance futures. */
  readonly minNotional: Decimal;
  readonly maxOpenOrders: number;
  /** BUY price ≤ mark × up, SELL price ≥ mark × down; zero = no such rule. */
  readonly priceBandUp: Decimal;
  readonly priceBandDown: Decimal;
  /** Digits after the point the venue accepts. */
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
}
