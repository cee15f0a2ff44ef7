/** Order objects of REST: answers of place, modify and cancel, and rows of queries. */
import type { VenueOrderId } from '@fillwright/domain';
import type { OrderReport, VenueOrderPhase } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import type { Parsed } from '../common/parsed.ts';
import { ORDER_NAMES, readTerms } from './order-terms.ts';
import { STATUS_WORDS } from './order-words.ts';
import { venueMadeBy } from './venue-made.ts';

export function parseOrder(raw: unknown, source: 'answer' | 'query'): Parsed<OrderReport> {
  const fields = new Fields(raw, 'order');
  const terms = readTerms(fields, ORDER_NAMES);
  const filledQty = fields.decimal('executedQty');
  const averagePrice = fields.positiveOrNone('avgPrice');
  const status = fields.word('status', STATUS_WORDS);
  const clientOrderId = fields.textOrEmpty('clientOrderId');
  const venueMade = venueMadeBy(clientOrderId, fields.textOrEmpty('status'), fields.textOrEmpty('type'));
  return fields.result({
    clientOrderId,
    venueOrderId: fields.id('orderId') as VenueOrderId,
    terms,
    phase: status === 'by-quantity' ? phaseByQuantity(filledQty.gte(terms.qty), filledQty.gt(0)) : status,
    filledQty,
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...(status === 'expired' ? { reason: { code: 'EXPIRED', text: `the venue says ${fields.textOrEmpty('status')}` } } : {}),
    venueTs: fields.time('updateTime'),
    source,
    ...(venueMade === undefined ? {} : { venueMade }),
  });
}

export function phaseByQuantity(isAll: boolean, isSome: boolean): VenueOrderPhase {
  return isAll ? 'filled' : isSome ? 'partially-filled' : 'new';
}
