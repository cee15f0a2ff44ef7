import { createMemoryStore } from '@fillwright/runtime/store';
import { expect, it } from '@jest/globals';
import { Ledger } from '../../src/mod.ts';
import { BTC, fill } from './fills.ts';

it('a rebate of a maker lowers the fees paid, down below zero, in position and book alike', () => {
  const ledger = new Ledger(createMemoryStore().open('ledger'));
  ledger.fill(fill({ trade: 1, fee: '0.5', feeAsset: 'USDT' }), 1);
  ledger.fill(fill({ trade: 2, fee: '-0.75', feeAsset: 'USDT' }), 2);
  ledger.settle(new Map([[BTC, 'USDT']]));

  expect(ledger.position(BTC).fees).toBe('-0.25');
  expect(ledger.books(BTC).map(({ fees }) => fees)).toEqual(['-0.25']);
});
