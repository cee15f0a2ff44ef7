/** What an operator may say of an order with an unknown outcome: the truth when he saw it at the venue, and what cannot be. */
import type { MessageInput, OrderView } from '@fillwright/messages';
import type { OrderTruth } from '../checkers/venue-truth.ts';
import type { SeededRandom } from '../kernel/seeded-random.ts';

export interface Verdict {
  readonly outcome: MessageInput<'service.settle-order'>['outcome'];
  readonly filledQty?: string;
  readonly price?: string;
  readonly venueOrderId?: string;
}
export type TruthOf = (clientOrderId: string) => OrderTruth | undefined;

/** Until then the venue may still execute what it answered with "unknown": for 12 s, seen on a wall clock that may be set by 5 s meanwhile. */
const MAY_STILL_EXECUTE_US = 18_000_000;

/** `undefined`: it is still working there, or has traded, or may yet come. */
export function trueVerdict(order: OrderView, truth: OrderTruth | undefined, nowUs: number): Verdict | undefined {
  if (truth === undefined) {
    const isGone = order.state === 'pending' && nowUs - (order.unknownSinceTs ?? nowUs) > MAY_STILL_EXECUTE_US;
    return isGone ? { outcome: 'never-existed' } : undefined;
  }
  if (!truth.filledQty.isZero()) return undefined;
  if (truth.status === 'CANCELED') return { outcome: 'canceled' };
  return truth.status === 'EXPIRED' ? { outcome: 'expired' } : undefined;
}

/** The engine refuses each of these, whatever has become of the order. */
export function impossibleVerdict({ qty, state }: OrderView, random: SeededRandom): Verdict {
  const price = '1';
  return random.pick<Verdict>([
    { outcome: 'rejected', filledQty: qty },
    { outcome: 'filled' },
    { outcome: 'filled', filledQty: '999999', price },
    { outcome: 'canceled', filledQty: qty },
    { outcome: 'expired', filledQty: qty, price, venueOrderId: '1' },
    state === 'open' ? { outcome: 'never-existed' } : { outcome: 'canceled', filledQty: qty, price },
  ]);
}
