/** E01–E06: orders that take what the market offers. */
import { type Decimal, decimal, decimalText, ZERO } from '@fillwright/domain';
import type { CardBench, CardTerms } from './bench.ts';
import { type Card, card, skipped } from './card.ts';
import { enginePosition, expect, expectAmount, expectPosition, expectStory, reached } from './check.ts';

/** Recent prices move; a fill this far from them is wrong. */
const SLIPPAGE = decimal('0.02');

/** I S A F, the quantity asked for, prices near the market, and the position moved by just that on both sides. */
async function fills(bench: CardBench, terms: Omit<CardTerms, 'qty'>): Promise<string> {
  const qty = decimalText(bench.qty);
  const { bid, ask } = await bench.quote();
  const before = await enginePosition(bench);
  const id = bench.trader.place({ ...terms, qty });
  const order = await reached(bench, bench.trader, id, ['filled']);
  await expectStory(bench, bench.trader, id, 'I S A F');
  const fills = bench.trader.events(id).flatMap(({ fill }) => fill ?? []);
  const filled = fills.reduce((sum: Decimal, fill) => sum.plus(decimal(fill.qty)), ZERO);
  expectAmount('sum of the fills', filled, bench.qty);
  expectAmount('filled quantity of the order', order.filledQty, bench.qty);
  for (const { price } of fills) {
    const low = bid.times(decimal('1').minus(SLIPPAGE));
    const high = ask.times(decimal('1').plus(SLIPPAGE));
    expect(decimal(price).gte(low) && decimal(price).lte(high), `a fill at ${price}, the market was ${bid}/${ask}`);
  }
  await expectPosition(bench, before.plus(terms.side === 'buy' ? bench.qty : bench.qty.negated()));
  return id;
}

async function closes(bench: CardBench): Promise<void> {
  await fills(bench, { side: 'buy', type: 'market' });
  const id = bench.trader.place({ side: 'sell', type: 'market', qty: decimalText(bench.qty), reduceOnly: true });
  await expectStory(bench, bench.trader, id, 'I S A F');
  await expectPosition(bench, ZERO);
  const { orders } = await bench.engine.account();
  expect(orders.length === 0, `${orders.length} orders are still open`);
}

async function crossing(bench: CardBench, side: 'buy' | 'sell'): Promise<string> {
  const { bid, ask } = await bench.quote();
  return decimalText(side === 'buy' ? ask : bid);
}

export const MARKET_ORDER_CARDS: readonly Card[] = [
  card('E01', 'Market buy fills', async (bench) => void (await fills(bench, { side: 'buy', type: 'market' }))),
  card('E02', 'Market sell fills', async (bench) => void (await fills(bench, { side: 'sell', type: 'market' }))),
  card('E03', 'Market IOC: at the price of the other side, at once', async (bench) => {
    await fills(bench, { side: 'buy', type: 'limit', timeInForce: 'IOC', price: await crossing(bench, 'buy') });
  }),
  card('E04', 'Market FOK: at the price of the other side, whole', async (bench) => {
    await fills(bench, { side: 'sell', type: 'limit', timeInForce: 'FOK', price: await crossing(bench, 'sell') });
  }),
  ...skipped(['E05'], 'Market with quote quantity', 'the futures API takes base quantities only'),
  card('E06', 'Close position on stop', closes),
];
