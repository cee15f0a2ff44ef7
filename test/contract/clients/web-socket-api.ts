/** Checks of the WS-API for the clients that speak it: the same order life through one socket. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Candidate, Loose } from './client-under-test.ts';
import { DeskVenue } from './desk-venue.ts';
import { endTimersAfterwards } from './leftover-timers.ts';

/** Rows as the venue spells them. */
export interface SocketTrader {
  place(order: Readonly<Record<string, string>>): Promise<Loose>;
  modify(change: Readonly<Record<string, string>>): Promise<Loose>;
  cancel(ref: Readonly<Record<string, string>>): Promise<Loose>;
  /** Absent when the client does not offer it on this market. */
  status?(ref: Readonly<Record<string, string>>): Promise<Loose>;
  wallet(): Promise<string>;
  /** Code of a refusal as this side of the client tells it. */
  codeOf(error: unknown): number | undefined;
  close(): Promise<void>;
}

const ORDER = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '1' } as const;

export function describeWebSocketApi(candidate: Candidate, open: (venue: DeskVenue) => Promise<SocketTrader>): void {
  describe(`${candidate.name}: the WS-API`, () => {
    endTimersAfterwards();
    let venue: DeskVenue;
    let trader: SocketTrader;

    beforeEach(async () => {
      venue = await DeskVenue.start();
      trader = await open(venue);
    });

    afterEach(async () => {
      await trader.close();
      await venue.stop();
    });

    it('places, changes, shows and cancels an order', async () => {
      const placed = await trader.place({ ...ORDER, newClientOrderId: `${candidate.idPrefix}socket` });
      expect(placed).toMatchObject({ status: 'NEW', clientOrderId: `${candidate.idPrefix}socket`, origQty: '1.00' });
      const ref = { symbol: ORDER.symbol, orderId: String(placed.orderId) };
      expect(await trader.modify({ ...ref, side: 'BUY', price: '179.5', quantity: '2' })).toMatchObject({
        price: '179.5000',
        origQty: '2.00',
      });
      if (trader.status !== undefined) expect(await trader.status(ref)).toMatchObject({ status: 'NEW', price: '179.5000' });
      expect(await trader.cancel(ref)).toMatchObject({ status: 'CANCELED' });
      expect(venue.openOrders('demo')).toBe(0);
    });

    it('tells refusals by their codes', async () => {
      const code = (call: Promise<unknown>) => call.then(() => 'granted', trader.codeOf);
      expect(await code(trader.place({ ...ORDER, quantity: '0.02' }))).toBe(-4164);
      expect(await code(trader.place({ ...ORDER, price: '180.005' }))).toBe(-4014);
      expect(await code(trader.cancel({ symbol: ORDER.symbol, orderId: '17' }))).toBe(-2011);
      expect(venue.openOrders('demo')).toBe(0);
    });

    it('shows the wallet', async () => {
      expect(Number(await trader.wallet())).toBe(100_000);
    });
  });
}
