/** Checks: positions and balances of both sides after each step, against sums done by hand. */
import { expect } from '@jest/globals';
import { answer, notDone, unitMore } from '../breaks/break.ts';
import { FEE_FORGOTTEN, LOT_TOO_MANY, PROFIT_UNPAID } from '../breaks/core-breaks.ts';
import type { ClientUnderTest } from '../clients/client-under-test.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

async function state(client: ClientUnderTest) {
  const { wallet } = await client.balance();
  const { amount, entryPrice, unrealized } = await client.position(SYMBOL);
  return amount === '0' ? [wallet, '0'] : [wallet, amount, entryPrice, unrealized];
}

export const POSITION_CHECKS: readonly Check[] = [
  {
    id: 'turns-over',
    area: 'positions and balances',
    name: 'turns a position over: size, entry, profit and money of both sides after each step',
    breaks: [
      answer('the position is a unit off', /GET .*positionRisk/, unitMore('positionAmt')),
      answer('the unrealised profit is a unit off', /GET .*positionRisk/, unitMore('unRealizedProfit')),
      answer('the entry price is a unit off', /GET .*positionRisk/, unitMore('entryPrice')),
      answer('the wallet is a unit off', /GET .*(account|balance)/, unitMore('walletBalance', 'balance')),
      LOT_TOO_MANY,
      PROFIT_UNPAID,
      FEE_FORGOTTEN,
    ],
    // Maker 0.02 %, taker 0.05 %, marked at 180 throughout. Fees in all 0.7609.
    async run({ ours, theirs }) {
      await theirs.place({ side: 'SELL', price: '180', quantity: '2' });
      await ours.place({ side: 'BUY', price: '180', quantity: '2' });
      expect(await state(ours)).toEqual(['99999.82', '2', '180', '0']);
      expect(await state(theirs)).toEqual(['99999.928', '-2', '180', '0']);

      await theirs.place({ side: 'BUY', price: '182', quantity: '3' });
      await ours.place({ side: 'SELL', price: '182', quantity: '3' });
      // 2 x 2 gained, 546 x 0.0005 paid; the other side of it.
      expect(await state(ours)).toEqual(['100003.547', '-1', '182', '2']);
      expect(await state(theirs)).toEqual(['99995.8188', '1', '182', '-2']);

      await theirs.place({ side: 'SELL', price: '181', quantity: '1' });
      await ours.place({ side: 'BUY', price: '181', quantity: '1' });
      expect(await state(ours)).toEqual(['100004.4565', '0']);
      expect(await state(theirs)).toEqual(['99994.7826', '0']);
    },
  },
  {
    id: 'leverage',
    area: 'positions and balances',
    name: 'sets the leverage, and margin follows it',
    breaks: [
      notDone('leverage is answered and not set', /POST .*leverage/, '{"leverage":10,"maxNotionalValue":"1000000","symbol":"SOLUSDT"}'),
      answer('what is available is a unit off', /GET .*(account|balance)/, unitMore('availableBalance')),
    ],
    async run({ ours }) {
      await ours.place({ side: 'BUY', price: '180', quantity: '1' });
      await ours.setLeverage(SYMBOL, 10);
      expect(await ours.balance()).toMatchObject({ available: '99982' });
    },
  },
];
