/** The field types of the wire: decimal strings, id strings, microseconds. Schemas of all messages are built from these. */
import type { ClientOrderId, InstrumentId, TradeId, UsTime, VenueOrderId } from '@fillwright/domain';
import { ORDER_TYPES, SIDES, TIMES_IN_FORCE, WORKING_PRICES } from '@fillwright/domain';
import { z } from 'zod';

/** A brand made by the same rule as the domain parser of that id. */
function idText<T extends string>(pattern: RegExp, doc: string): z.ZodType<T, T> {
  return z.string().regex(pattern).describe(doc) as unknown as z.ZodType<T, T>;
}

export const decimalText = z
  .string()
  .regex(/^-?\d{1,40}(\.\d{1,30})?$/)
  .describe('decimal string, no exponent');
export const positiveDecimalText = z
  .string()
  .regex(/^(?!0+(\.0+)?$)\d{1,40}(\.\d{1,30})?$/)
  .describe('decimal string greater than zero');
export const usTimestamp = z.int().nonnegative().describe('microseconds since 1970, int64') as unknown as z.ZodType<UsTime, UsTime>;
export const sequence = z.int().positive();
export const count = z.int().nonnegative();

export const clientOrderId = idText<ClientOrderId>(/^[0-9A-Za-z]{1,32}$/, 'client order id: owner tag, epoch and counter in base 36');
/** What the venue shows as client id of an order that was not made by us: any short text. */
export const anyClientOrderId = idText<ClientOrderId>(/^[\x21-\x7e]{1,64}$/, 'client order id as the venue shows it');
export const venueOrderId = idText<VenueOrderId>(
  /^[0-9A-Za-z:_-]{1,64}$/,
  'order id given by the venue; a string, also when it is a 64-bit number',
);
export const tradeId = idText<TradeId>(/^[0-9A-Za-z:_-]{1,64}$/, 'trade id given by the venue');
export const instrumentId = idText<InstrumentId>(/^[^\s.]{1,40}\.[A-Z0-9_]{2,20}$/, 'instrument, e.g. BTCUSDT-PERP.BINANCE');
export const ownerTag = z
  .string()
  .regex(/^[0-9A-Za-z]{2,4}$/)
  .describe('owner tag: the first characters of its client order ids');
export const messageId = z.string().min(1).max(64);
export const shortText = z.string().max(200);
export const longText = z.string().max(2000);

export const side = z.enum(SIDES);
export const orderType = z.enum(ORDER_TYPES);
export const timeInForce = z.enum(TIMES_IN_FORCE);
export const workingPrice = z.enum(WORKING_PRICES);

export const reason = z.strictObject({ code: z.string().min(1).max(64).describe('stable, searchable'), text: longText });
