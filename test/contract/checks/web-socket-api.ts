/** Checks of the WS-API for the clients that speak it: the same order life through one socket. */
import { expect } from '@jest/globals';
import { frames, grants, unitMore } from '../breaks/break.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import type { SocketTrader } from '../clients/client-under-test.ts';
import type { Check } from './check.ts';

const ORDER = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '1' } as const;

async function withSocket({ candidate, venue }: ClientDesk, use: (trader: SocketTrader) => Promise<void>): Promise<void> {
  const trader = await candidate.socketTrader?.(venue);
  if (trader === undefined) throw new Error(`${candidate.name} must be excused: it has no WS-API for this market`);
  try {
    await use(trader);
  } finally {
    await trader.close();
  }
}

export const WEB_SOCKET_CHECKS: readonly Check[] = [
  {
    id: 'socket-orders',
    area: 'WS-API',
    name: 'places, changes, shows and cancels an order through one socket',
    breaks: [
      frames('a price is told a unit off', /"origQty"/, (text) => [unitMore('price')(text)]),
      frames('a quantity is told a unit off', /"origQty"/, (text) => [unitMore('origQty')(text)]),
      frames('a cancelled order is told as new', /"CANCELED"/, (text) => [text.replace('CANCELED', 'NEW')]),
    ],
    async run(desk) {
      const { venue, id } = desk;
      await withSocket(desk, async (trader) => {
        const placed = await trader.place({ ...ORDER, newClientOrderId: id('socket') });
        expect(placed).toMatchObject({ status: 'NEW', clientOrderId: id('socket'), origQty: '1.00' });
        const ref = { symbol: ORDER.symbol, orderId: String(placed.orderId) };
        expect(await trader.modify({ ...ref, side: 'BUY', price: '179.5', quantity: '2' })).toMatchObject({
          price: '179.5000',
          origQty: '2.00',
        });
        if (trader.status !== undefined) expect(await trader.status(ref)).toMatchObject({ status: 'NEW', price: '179.5000' });
        expect(await trader.cancel(ref)).toMatchObject({ status: 'CANCELED' });
        expect(venue.openOrders('demo')).toBe(0);
      });
    },
  },
  {
    id: 'socket-refusals',
    area: 'WS-API',
    name: 'tells refusals by their codes there too',
    codes: [-4164, -4014, -2011],
    breaks: [grants(-4164), grants(-4014), grants(-2011)],
    async run(desk) {
      const { venue } = desk;
      await withSocket(desk, async (trader) => {
        const code = (call: Promise<unknown>) => call.then(() => 'granted', trader.codeOf);
        expect(await code(trader.place({ ...ORDER, quantity: '0.02' }))).toBe(-4164);
        expect(await code(trader.place({ ...ORDER, price: '180.005' }))).toBe(-4014);
        expect(await code(trader.cancel({ symbol: ORDER.symbol, orderId: '17' }))).toBe(-2011);
        expect(venue.openOrders('demo')).toBe(0);
      });
    },
  },
  {
    id: 'socket-wallet',
    area: 'WS-API',
    name: 'shows the wallet there too',
    breaks: [frames('the wallet is a unit off', /"(balance|marginBalance)"/, (text) => [unitMore('balance', 'marginBalance')(text)])],
    async run(desk) {
      await withSocket(desk, async (trader) => {
        expect(Number(await trader.wallet())).toBe(100_000);
      });
    },
  },
];
