/** E60–E73: flags of orders, and orders that must be refused with a reason. */
import { decimalText, ZERO } from '@fillwright/domain';
import type { CardBench, CardOrder, CardTerms } from './bench.ts';
import { type Card, card, skipped, troubleCard } from './card.ts';
import { atVenue, awayBy, expect, expectPosition, expectSame, expectStory, inside, reached, resting } from './check.ts';

async function postOnly(bench: CardBench, price: string): Promise<CardOrder> {
  const order = await resting(bench, { side: 'buy', type: 'limit', timeInForce: 'GTX', qty: decimalText(bench.qty), price });
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A');
  expectSame('time in force at the venue', (await atVenue(bench, order)).terms.timeInForce, 'GTX');
  return order;
}

/** A maker's fill says so. */
async function postOnlyTrades(bench: CardBench): Promise<void> {
  const price = await inside(bench, 'buy');
  const { clientOrderId, qty } = await postOnly(bench, price);
  await bench.trouble?.trade('sell', qty, price);
  await expectStory(bench, bench.trader, clientOrderId, 'I S A F');
  const fills = bench.trader.events(clientOrderId).flatMap(({ fill }) => fill ?? []);
  expectSame('liquidity', [...new Set(fills.map(({ liquidity }) => liquidity))], ['maker']);
}

async function reduceOnly(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  await reached(bench, bench.trader, bench.trader.place({ side: 'sell', type: 'market', qty }), ['filled']);
  const id = bench.trader.place({ side: 'buy', type: 'market', qty, reduceOnly: true });
  const order = await reached(bench, bench.trader, id, ['filled']);
  expectSame('flag in the engine', order.reduceOnly, true);
  expectSame('flag at the venue', (await atVenue(bench, order)).terms.reduceOnly, true);
  await expectPosition(bench, ZERO);
}

async function parametersPass(bench: CardBench): Promise<void> {
  const price = await awayBy(bench, 'buy', 2);
  const { clientOrderId } = await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price });
  const sent = (await bench.trouble?.sent('submit', clientOrderId)) ?? [];
  for (const wanted of ['selfTradePreventionMode=EXPIRE_MAKER', 'newOrderRespType=RESULT', `newClientOrderId=${clientOrderId}`])
    expect(sent.includes(wanted), `${wanted} is not among what was sent: ${sent.join(' ')}`);
}

async function rejected(bench: CardBench, terms: CardTerms, code: string): Promise<void> {
  const id = bench.trader.place(terms);
  const order = await reached(bench, bench.trader, id, ['rejected']);
  await expectStory(bench, bench.trader, id, 'I S R');
  expect(order.reason?.code === code && order.reason.text !== '', `the reason is ${JSON.stringify(order.reason)} instead of ${code}`);
}

async function wouldCross(bench: CardBench): Promise<void> {
  const price = await awayBy(bench, 'buy', -1);
  await rejected(
    bench,
    { side: 'buy', type: 'limit', timeInForce: 'GTX', qty: decimalText(bench.qty), price },
    bench.codes.postOnlyWouldTake,
  );
  await expectPosition(bench, ZERO);
}

/** Not a word of it leaves: denied by the engine with this code, or, when no schema knows such a word, not even taken for a command. */
async function neverLeaves(bench: CardBench, terms: CardTerms, code?: string): Promise<void> {
  const id = bench.trader.place(terms);
  if (code !== undefined) {
    await expectStory(bench, bench.trader, id, 'I D');
    expectSame('reason', bench.trader.order(id)?.reason?.code, code);
  }
  // Answered after it, so whatever would become of it has begun.
  expectSame('the next command', (await bench.trader.answer(bench.trader.place({ ...NOTHING }))).verdict, 'denied');
  expect(
    bench.trader.events(id).every(({ change }) => change !== 'sending'),
    'it was sent',
  );
  if (bench.trouble !== undefined) expectSame('requests with its id', await bench.trouble.received('submit', id), 0);
}

const NOTHING: CardTerms = { side: 'buy', type: 'market', qty: '0' };

async function unknownType(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  await neverLeaves(bench, { side: 'buy', type: 'market-to-limit' as CardTerms['type'], qty });
  // A known type without what makes it one.
  await neverLeaves(bench, { side: 'buy', type: 'stop-market', qty }, 'TRIGGER_MISMATCH');
}

async function unknownTimeInForce(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  const price = await awayBy(bench, 'buy', 2);
  await neverLeaves(bench, { side: 'buy', type: 'limit', timeInForce: 'DAY', qty, price });
  await neverLeaves(bench, { side: 'buy', type: 'market', timeInForce: 'GTX', qty }, 'TIME_IN_FORCE');
  await neverLeaves(bench, { side: 'buy', type: 'limit', timeInForce: 'GTD', qty, price }, 'TIME_IN_FORCE');
}

export const FLAG_CARDS: readonly Card[] = [
  card('E60', 'Post-only accepted', async (bench) => void (await postOnly(bench, await awayBy(bench, 'buy', 2)))),
  troubleCard('X60', 'A post-only order that trades is the maker', postOnlyTrades),
  card('E61', 'Reduce-only close', reduceOnly),
  ...skipped(['E62'], 'Display quantity', 'the venue shows whole orders'),
  troubleCard('E63', 'Adapter parameters pass unchanged', parametersPass),
  card('E70', 'Post-only would cross', wouldCross),
  card('E71', 'Reduce-only without position', async (bench) => {
    await rejected(bench, { side: 'sell', type: 'market', qty: decimalText(bench.qty), reduceOnly: true }, bench.codes.nothingToReduce);
  }),
  card('E72', 'Unsupported order type', unknownType),
  card('E73', 'Unsupported time in force', unknownTimeInForce),
];
