/** How the venue's orders stand, by its own log: for somebody who looks there before giving a verdict. */
import { type Decimal, decimal, ZERO } from '@fillwright/domain/decimal';
import type { Evidence } from './evidence.ts';

export interface OrderTruth {
  readonly orderId: string;
  readonly status: string;
  readonly filledQty: Decimal;
}

export class VenueTruth {
  readonly #account: string;
  readonly #orders = new Map<string, OrderTruth>();

  constructor(account: string) {
    this.#account = account;
  }

  see(evidence: Evidence): void {
    if (evidence.type !== 'venue' || evidence.line.account !== this.#account) return;
    const { type, clientId, orderId, status, qty } = evidence.line;
    if (type !== 'order' && type !== 'fill') return;
    const before = this.#orders.get(String(clientId))?.filledQty ?? ZERO;
    const filledQty = type === 'fill' ? before.plus(decimal(String(qty))) : before;
    this.#orders.set(String(clientId), { orderId: String(orderId), status: String(status), filledQty });
  }

  of(clientOrderId: string): OrderTruth | undefined {
    return this.#orders.get(clientOrderId);
  }
}
