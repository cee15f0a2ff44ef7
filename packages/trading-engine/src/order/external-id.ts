/** Names for orders that were not made here. Most keep the client id the venue shows; one that is empty, taken or unprintable gets ours. */
import type { ClientOrderId } from '@fillwright/domain';
import type { OrderReport } from '@fillwright/venue';

/** As the wire allows, less room for `#` and the number of the venue. No venue has `#` in a client id. */
const SHOWABLE = /^[\x21\x22\x24-\x7e]{1,40}$/;

/** On the wire. */
const MAX_LENGTH = 64;

/** `web_1#123` or `#123`, and when an order of another instrument has that number and name, `#123/ETHUSDT-PERP`: always the same for an order. */
export function externalIds({ clientOrderId, venueOrderId, algoId, terms }: OrderReport): readonly ClientOrderId[] {
  const shown = SHOWABLE.test(clientOrderId) ? clientOrderId : '';
  const numbered = `${shown}#${venueOrderId ?? algoId ?? ''}`;
  const symbol = terms.instrument.slice(0, terms.instrument.indexOf('.'));
  const full = `${numbered}/${symbol}`;
  return [numbered, full.length <= MAX_LENGTH ? full : full.slice(shown.length)] as ClientOrderId[];
}

export function isShowable(clientOrderId: string): boolean {
  return SHOWABLE.test(clientOrderId);
}

/** As the venue knows it; '' when only the venue's own number names it. */
export function venueClientId(clientOrderId: string): string {
  const at = clientOrderId.lastIndexOf('#');
  return at < 0 ? clientOrderId : clientOrderId.slice(0, at);
}
