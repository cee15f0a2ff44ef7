/** E30–E36: orders that are changed in place, or replaced. */
import { decimalText } from '@fillwright/domain';
import type { CardBench, CardTerms } from './bench.ts';
import { type Card, card, skipped } from './card.ts';
import { atVenue, awayBy, expect, expectAmount, expectCanceled, expectSame, expectStory, reached, resting } from './check.ts';

async function quote(bench: CardBench, side: 'buy' | 'sell', percent: number): Promise<CardTerms> {
  return { side, type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, side, percent) };
}

async function modifies(bench: CardBench, side: 'buy' | 'sell'): Promise<void> {
  const order = await resting(bench, await quote(bench, side, 2));
  const price = await awayBy(bench, side, 3);
  const qty = decimalText(bench.qty.times(2));
  const answer = await bench.trader.answer(bench.trader.modify(order.clientOrderId, { price, qty }));
  expectSame('answer', answer.verdict, 'accepted');
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A PU U');
  const after = bench.trader.order(order.clientOrderId);
  expectAmount('price in the engine', after?.price, price);
  expectAmount('quantity in the engine', after?.qty, qty);
  expect(after?.request === undefined, 'it is still pending an update');
  const report = await atVenue(bench, order);
  expectAmount('price at the venue', report.terms.price, price);
  expectAmount('quantity at the venue', report.terms.qty, qty);
  expectSame('the same order at the venue', report.venueOrderId, order.venueOrderId);
}

/** Two orders, one after the other, never both. */
async function replaces(bench: CardBench, terms: CardTerms, next: CardTerms): Promise<readonly [string, string]> {
  const order = await resting(bench, terms);
  bench.trader.cancel(order.clientOrderId);
  await expectCanceled(bench, order);
  const second = await resting(bench, next);
  await expectStory(bench, bench.trader, second.clientOrderId, 'I S A');
  const place = (one: typeof order) => one.algoId ?? one.venueOrderId;
  expect(place(order) !== place(second), `both orders are ${place(order)} at the venue`);
  return [order.clientOrderId, second.clientOrderId];
}

async function replacesStop(bench: CardBench): Promise<void> {
  const stop = async (percent: number): Promise<CardTerms> => ({
    ...{ side: 'buy', type: 'stop-market', qty: decimalText(bench.qty) },
    trigger: { price: await awayBy(bench, 'buy', -percent), working: 'mark' },
  });
  const [, id] = await replaces(bench, await stop(3), await stop(4));
  await bench.engine.kill();
  await bench.engine.start();
  const { orders } = await bench.engine.account();
  expectSame(
    'live orders after a reconciliation',
    orders.map(({ clientOrderId }) => clientOrderId),
    [id],
  );
  const open = await bench.adapter.openAlgoOrders();
  expect(open.type === 'answered', 'the venue does not list conditional orders');
  expectSame(
    'trigger orders at the venue',
    open.value.map(({ clientOrderId }) => clientOrderId),
    [id],
  );
}

async function refusesToModifyStop(bench: CardBench): Promise<void> {
  const trigger = { price: await awayBy(bench, 'sell', -3), working: 'mark' } as const;
  const order = await resting(bench, { side: 'sell', type: 'stop-market', qty: decimalText(bench.qty), trigger });
  const answer = await bench.trader.answer(bench.trader.modify(order.clientOrderId, { price: await awayBy(bench, 'sell', -4) }));
  expectSame('answer', [answer.verdict, answer.reason?.code], ['denied', 'NOT_MODIFIABLE']);
  const after = await reached(bench, bench.trader, order.clientOrderId, ['new']);
  expectSame('trigger', after.trigger, order.trigger);
  expectAmount('trigger at the venue', (await atVenue(bench, order)).terms.trigger?.price, trigger.price);
}

export const CHANGE_CARDS: readonly Card[] = [
  card('E30', 'Modify a limit buy', (bench) => modifies(bench, 'buy')),
  card('E31', 'Modify a limit sell', (bench) => modifies(bench, 'sell')),
  card('E32', 'Cancel and replace a limit buy', async (bench) => {
    await replaces(bench, await quote(bench, 'buy', 2), await quote(bench, 'buy', 3));
  }),
  card('E33', 'Cancel and replace a limit sell', async (bench) => {
    await replaces(bench, await quote(bench, 'sell', 2), await quote(bench, 'sell', 3));
  }),
  ...skipped(['E34'], 'Modify a stop trigger', 'the venue cannot change a waiting conditional order; E36 holds the refusal'),
  card('E35', 'Cancel and replace a stop: one live trigger order after a reconciliation', replacesStop),
  card('E36', 'Modify where unsupported', refusesToModifyStop),
];
