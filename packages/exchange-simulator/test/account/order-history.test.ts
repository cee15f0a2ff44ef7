import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OrderHistory } from '../../src/account/order-history.ts';
import type { Amendment, Order } from '../../src/order/order.ts';

const FIRST = 8_389_765_700_000_000_001n;
const KEPT = 20_000;

const orderOf = (n: number, clientId = `c${n}`): Order =>
  ({ id: FIRST + BigInt(n), clientId, amendments: [] as Amendment[], amendmentsForgotten: 0 }) as unknown as Order;

/** What it promises, by the plainest means. */
class Model {
  readonly keepsClosed: boolean;
  known: Order[] = [];
  closed: Order[] = [];

  constructor(keepsClosed: boolean) {
    this.keepsClosed = keepsClosed;
  }

  close(order: Order): void {
    this.closed.push(order);
    const gone = this.keepsClosed ? (this.known.length > KEPT ? this.closed.shift() : undefined) : order;
    this.known = this.known.filter((one) => one !== gone);
  }
}

describe('orders kept for an account', () => {
  it('are found by either id, the newest of one client id, whatever was closed, asked or dumped between', () => {
    const step = fc.record({ act: fc.constantFrom('open', 'open', 'close', 'ask', 'reload'), pick: fc.nat(1_000), clientId: fc.nat(6) });
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 120 }), (keepsClosed, steps) => {
        let history = new OrderHistory(FIRST, keepsClosed);
        const model = new Model(keepsClosed);
        const open: Order[] = [];
        let next = 0;
        for (const { act, pick, clientId } of steps) {
          if (act === 'open') {
            // The engine lets no two open orders have one client id.
            if (open.some((order) => order.clientId === `c${clientId}`)) continue;
            next += 1 + (pick % 5); // other accounts take ids, too
            const order = orderOf(next, `c${clientId}`);
            open.push(order);
            model.known.push(order);
            history.opened(order);
          } else if (act === 'close' && open.length > 0) {
            const [order] = open.splice(pick % open.length, 1) as [Order];
            model.close(order);
            history.closed(order);
          } else if (act === 'reload') {
            const other = new OrderHistory(FIRST, true);
            other.restore(history.saved());
            history = other;
          } else {
            expect(history.byClientId(`c${clientId}`)).toBe(model.known.findLast((order) => order.clientId === `c${clientId}`));
          }
        }
        expect([...history]).toEqual(model.known);
        expect(history.size).toBe(model.known.length);
        for (let n = 0; n <= next + 1; n += 1) {
          const id = FIRST + BigInt(n);
          expect(history.byId(id)).toBe(model.known.find((order) => order.id === id));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('are a bounded number: those that closed first go first, an open one stays', () => {
    const history = new OrderHistory(FIRST, true);
    const resting = orderOf(0);
    history.opened(resting);
    for (let n = 1; n <= 3 * KEPT; n += 1) {
      const order = orderOf(n);
      history.opened(order);
      if (n % 7 === 0) expect(history.byClientId(`c${n}`)).toBe(order);
      history.closed(order);
    }

    expect(history.size).toBe(KEPT);
    expect(history.byId(FIRST)).toBe(resting);
    expect(history.byClientId('c0')).toBe(resting);
    const [, oldest] = history;
    expect(oldest?.id).toBe(FIRST + BigInt(2 * KEPT + 2));
    expect(history.byClientId(`c${2 * KEPT + 1}`)).toBeUndefined();
    expect(history.byId(FIRST + BigInt(2 * KEPT + 1))).toBeUndefined();
  });

  it('keep the newest hundred of their changes once they are closed', () => {
    const history = new OrderHistory(FIRST, true);
    const order = orderOf(1);
    history.opened(order);
    order.amendments.push(...Array.from({ length: 250 }, (_, id) => ({ id }) as Amendment));
    expect(order.amendments).toHaveLength(250);
    history.closed(order);

    expect(order.amendments.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => 150 + n));
    expect(order.amendmentsForgotten).toBe(150);
  });

  it('of the house are forgotten as they close', () => {
    const history = new OrderHistory(FIRST, false);
    const [rests, goes] = [orderOf(1), orderOf(2)];
    for (const order of [rests, goes]) history.opened(order);
    for (let n = 3; n < 10_000; n += 1) {
      history.opened(orderOf(n));
      history.closed(orderOf(n));
    }
    history.closed(goes);

    expect([...history]).toEqual([rests]);
    expect(history.byId(goes.id)).toBeUndefined();
  });
});
