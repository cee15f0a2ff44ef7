/** E40–E44 and what brackets would need: orders that are taken back, one by one or on stop. */
import { decimalText } from '@fillwright/domain';
import type { CardBench, CardOrder } from './bench.ts';
import { type Card, card, skipped } from './card.ts';
import { atVenue, awayBy, expect, expectCanceled, expectSame, resting } from './check.ts';

async function quotes(bench: CardBench): Promise<readonly CardOrder[]> {
  const qty = decimalText(bench.qty);
  const trigger = { price: await awayBy(bench, 'buy', -3), working: 'mark' } as const;
  return [
    await resting(bench, { side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', 2) }),
    await resting(bench, { side: 'sell', type: 'limit', qty, price: await awayBy(bench, 'sell', 2) }),
    await resting(bench, { side: 'buy', type: 'stop-market', qty, trigger }),
  ];
}

async function cancelsOne(bench: CardBench): Promise<void> {
  const [order] = await quotes(bench);
  if (order === undefined) return;
  bench.trader.cancel(order.clientOrderId);
  await expectCanceled(bench, order);
  const report = await atVenue(bench, order);
  expectSame('the venue has it as', [report.phase, report.venueOrderId], ['canceled', order.venueOrderId]);
}

async function cancelsAllOnStop(bench: CardBench): Promise<void> {
  const orders = await quotes(bench);
  await bench.engine.stop();
  try {
    for (const order of orders) expectSame(`${order.type} at the venue`, (await atVenue(bench, order)).phase, 'canceled');
  } finally {
    await bench.engine.start();
  }
  const account = await bench.engine.account();
  expectSame('orders that the engine holds open', account.orders.length, 0);
}

async function oneRequestEach(bench: CardBench): Promise<void> {
  const orders = await quotes(bench);
  const answer = await bench.trader.answer(bench.trader.cancelAll());
  expectSame('answer', answer.verdict, 'accepted');
  for (const order of orders) await expectCanceled(bench, order);
  if (bench.trouble === undefined) return;
  for (const { clientOrderId } of orders)
    expectSame(`cancels of ${clientOrderId}`, await bench.trouble.received('cancel', clientOrderId), 1);
}

/** The engine knows that it is closed and says so; the venue is not asked again. */
async function cancelsTwice(bench: CardBench): Promise<void> {
  const [order] = await quotes(bench);
  if (order === undefined) return;
  bench.trader.cancel(order.clientOrderId);
  await expectCanceled(bench, order);
  const answer = await bench.trader.answer(bench.trader.cancel(order.clientOrderId));
  expectSame('answer', [answer.verdict, answer.order?.phase], ['known', 'canceled']);
  await expectCanceled(bench, order);
  const sent = await bench.trouble?.received('cancel', order.clientOrderId);
  expect(sent === undefined || sent === 1, `${sent} cancels reached the venue`);
}

const NO_BRACKETS = 'neither the venue nor the engine ties orders to each other; a strategy places and cancels the legs';

export const CANCEL_CARDS: readonly Card[] = [
  card('E40', 'Cancel one', cancelsOne),
  card('E41', 'Cancel all on stop', cancelsAllOnStop),
  card('E42', 'Individual cancels, one request each', oneRequestEach),
  ...skipped(['E43'], 'Batch cancel on stop', 'the adapter sends commands one by one; E42 holds it'),
  card('E44', 'Cancel an already cancelled order', cancelsTwice),
  ...skipped(['E50'], 'Bracket buy', NO_BRACKETS),
  ...skipped(['E51'], 'Bracket sell', NO_BRACKETS),
  ...skipped(['E52'], 'Entry fill activates children', NO_BRACKETS),
  ...skipped(['E53'], 'Bracket post-only', NO_BRACKETS),
];
