/** 6001 market data; topics per symbol. */
import { z } from 'zod';
import * as f from '../fields.ts';

const stamp = { instrument: f.instrumentId, venueTs: f.usTimestamp.describe("venue's event time"), receivedTs: f.usTimestamp };

/** `ticker.`: best bid and ask. An empty side has price and quantity 0. */
export const tickerSchema = z.object({
  ...stamp,
  bid: f.decimalText,
  bidQty: f.decimalText,
  ask: f.decimalText,
  askQty: f.decimalText,
});
export type TickerMessage = z.infer<typeof tickerSchema>;

const level = z.tuple([f.decimalText, f.decimalText]).describe('[price, quantity]');

/** `depth.`: the best levels of a book kept in sync from snapshot and differences; always whole, best first. */
export const depthSchema = z.object({
  ...stamp,
  bids: z.array(level).max(1000),
  asks: z.array(level).max(1000),
  updateId: z.string().max(32),
});
export type DepthMessage = z.infer<typeof depthSchema>;

/** `trade.`: a public (aggregated) trade. */
export const publicTradeSchema = z.object({ ...stamp, tradeId: f.tradeId, price: f.decimalText, qty: f.decimalText, aggressor: f.side });
export type PublicTradeMessage = z.infer<typeof publicTradeSchema>;

/** `mark.`: mark and index price, funding. */
export const markSchema = z.object({
  ...stamp,
  mark: f.decimalText,
  index: f.decimalText,
  fundingRate: f.decimalText,
  nextFundingTs: f.usTimestamp,
});
export type MarkMessage = z.infer<typeof markSchema>;

/** `instrument.`: an instrument and its filters, published at start and on change; `all` in the snapshot. */
export const instrumentSchema = z.object({
  id: f.instrumentId,
  symbol: z.string().max(40),
  kind: z.enum(['linear-perpetual', 'linear-delivery', 'spot']),
  baseAsset: z.string().max(20),
  quoteAsset: z.string().max(20),
  settleAsset: z.string().max(20),
  trading: z.boolean(),
  tickSize: f.decimalText,
  minPrice: f.decimalText,
  maxPrice: f.decimalText,
  lotSize: f.decimalText,
  minQty: f.decimalText,
  maxQty: f.decimalText,
  marketLotSize: f.decimalText,
  marketMinQty: f.decimalText,
  marketMaxQty: f.decimalText,
  minNotional: f.decimalText,
  maxOpenOrders: f.count,
  priceBandUp: f.decimalText,
  priceBandDown: f.decimalText,
  pricePrecision: f.count,
  qtyPrecision: f.count,
});
export type InstrumentMessage = z.infer<typeof instrumentSchema>;

/** `venue.`: state of the venue as one process sees it; a ban is obeyed by all that share the IP address. */
export const venueEventSchema = z.object({
  event: z.enum(['ban', 'stream-up', 'stream-down', 'maintenance']),
  untilTs: f.usTimestamp.optional().describe('ban only'),
  text: f.longText,
});
export type VenueEventMessage = z.infer<typeof venueEventSchema>;
