/** E10–E19: limit orders of every time in force. */
import { decimalText } from '@fillwright/domain';
import type { CardBench, CardTerms } from './bench.ts';
import { type Card, card, skipped } from './card.ts';
import { atVenue, awayBy, expect, expectAmount, expectSame, expectStory, expectTermsEverywhere, reached, resting } from './check.ts';

/** Far enough not to trade, near enough for price bands. */
const PASSIVE = 2;
const AGGRESSIVE = -1;
const MINUTE_US = 60_000_000;
/** The shortest good-till time that the venue takes, and a little. */
const GOOD_TILL_US = 11 * MINUTE_US;

async function rests(bench: CardBench, side: 'buy' | 'sell'): Promise<void> {
  const terms: CardTerms = { side, type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, side, PASSIVE) };
  const order = await resting(bench, terms);
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A');
  await expectTermsEverywhere(bench, order, terms);
  expectSame('state at the venue', (await atVenue(bench, order)).phase, 'new');
}

async function bothSides(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  const ids = [
    bench.trader.place({ side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', PASSIVE) }),
    bench.trader.place({ side: 'sell', type: 'limit', qty, price: await awayBy(bench, 'sell', PASSIVE) }),
  ];
  for (const id of ids) await expectStory(bench, bench.trader, id, 'I S A');
  const numbers = ids.map((id) => bench.trader.order(id)?.venueOrderId);
  expect(numbers[0] !== undefined && numbers[0] !== numbers[1], `two orders with the venue ids ${numbers.join(' and ')}`);
}

async function trades(bench: CardBench, timeInForce: 'IOC' | 'FOK'): Promise<void> {
  const price = await awayBy(bench, 'buy', AGGRESSIVE);
  const id = bench.trader.place({ side: 'buy', type: 'limit', timeInForce, qty: decimalText(bench.qty), price });
  const order = await reached(bench, bench.trader, id, ['filled']);
  await expectStory(bench, bench.trader, id, 'I S A F');
  expectAmount('filled', order.filledQty, bench.qty);
}

/**
 * The venue calls it expired and so do we, unless the engine is told to call it cancelled (`EXPIRED_AS_CANCELED`). A venue may also refuse
 * a fill-or-kill order that finds nothing as if it had never been.
 */
async function findsNothing(bench: CardBench, timeInForce: 'IOC' | 'FOK'): Promise<void> {
  const price = await awayBy(bench, 'buy', PASSIVE);
  const id = bench.trader.place({ side: 'buy', type: 'limit', timeInForce, qty: decimalText(bench.qty), price });
  const refused = timeInForce === 'FOK' ? ['I S R'] : [];
  await expectStory(bench, bench.trader, id, 'I S A X', 'I S A C', ...refused);
  const order = await reached(bench, bench.trader, id, ['expired', 'canceled', 'rejected']);
  expectAmount('filled', order.filledQty, '0');
  expect(order.reason !== undefined, 'it ended without a reason');
}

async function goodTill(bench: CardBench): Promise<void> {
  // Whole seconds: the venue keeps no finer ones.
  const goodTillTs = Math.ceil((bench.nowUs() + GOOD_TILL_US) / 1_000_000) * 1_000_000;
  const price = await awayBy(bench, 'buy', PASSIVE);
  const terms: CardTerms = { side: 'buy', type: 'limit', timeInForce: 'GTD', qty: decimalText(bench.qty), price, goodTillTs };
  const order = await resting(bench, terms);
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A');
  expectSame('good till, in the engine', order.goodTillTs, goodTillTs);
  expectSame('good till, at the venue', (await atVenue(bench, order)).terms.goodTillTs, goodTillTs);
}

/** Real minutes: no clock of the venue runs faster than that of whoever signs requests for it. */
async function goodTillIsOver(bench: CardBench): Promise<void> {
  const goodTillTs = Math.ceil((bench.nowUs() + GOOD_TILL_US) / 1_000_000) * 1_000_000;
  const price = await awayBy(bench, 'sell', PASSIVE);
  const order = await resting(bench, { side: 'sell', type: 'limit', timeInForce: 'GTD', qty: decimalText(bench.qty), price, goodTillTs });
  await reached(bench, bench.trader, order.clientOrderId, ['expired'], (GOOD_TILL_US + MINUTE_US) / 1_000);
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A X');
  expectAmount('filled', bench.trader.order(order.clientOrderId)?.filledQty, '0');
}

export const LIMIT_ORDER_CARDS: readonly Card[] = [
  card('E10', 'Limit buy GTC', (bench) => rests(bench, 'buy')),
  card('E11', 'Limit sell GTC', (bench) => rests(bench, 'sell')),
  card('E12', 'Both sides', bothSides),
  card('E13', 'Limit IOC aggressive', (bench) => trades(bench, 'IOC')),
  card('E14', 'Limit IOC passive', (bench) => findsNothing(bench, 'IOC')),
  card('E15', 'Limit FOK fill', (bench) => trades(bench, 'FOK')),
  card('E16', 'Limit FOK no fill', (bench) => findsNothing(bench, 'FOK')),
  card('E17', 'Limit GTD', goodTill),
  { ...card('E18', 'GTD expires', goodTillIsOver), slow: 'takes 11 minutes: no good-till time is shorter' },
  ...skipped(['E19'], 'Limit DAY', 'there are no trading days'),
];
