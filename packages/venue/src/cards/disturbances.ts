/** X20–X40: events that lie, a symbol that halts, hands on the account, and two strategies on one symbol. */
import { decimalText, ZERO } from '@fillwright/domain';
import type { CardBench } from './bench.ts';
import { type Card, card, troubleCard } from './card.ts';
import {
  awayBy,
  expect,
  expectAmount,
  expectPosition,
  expectSame,
  expectStory,
  inside,
  reached,
  resting,
  storyOf,
  tradesAgain,
  troubleOf,
} from './check.ts';
import { byHand } from './life-cycle.ts';

const RECOVERY_MS = 45_000;

/** Two fills of one order, and its cancel, on a stream that does so with every event. */
async function liesOnTheStream(bench: CardBench, how: 'drop' | 'duplicate' | 'delay'): Promise<void> {
  const trouble = troubleOf(bench);
  const price = await inside(bench, 'buy');
  const order = await resting(bench, {
    ...{ side: 'buy', type: 'limit', timeInForce: 'GTX' },
    ...{ qty: decimalText(bench.qty.times(4)), price },
  });
  const id = order.clientOrderId;
  await trouble.disturbEvents(how, how === 'delay' ? { count: 1, delayMs: 700 } : { count: 2 });
  await trouble.trade('sell', decimalText(bench.qty), price);
  await trouble.trade('sell', decimalText(bench.qty), price);
  bench.trader.cancel(id);
  await reached(bench, bench.trader, id, ['canceled'], RECOVERY_MS);
  const half = decimalText(bench.qty.times(2));
  await bench.until(`${half} is booked`, () => bench.trader.order(id)?.filledQty === half, RECOVERY_MS);
  const ids = bench.trader.events(id).flatMap(({ fill }) => fill?.tradeId ?? []);
  expectSame('two trades, each once', [ids.length, new Set(ids).size], [2, 2]);
  await expectPosition(bench, bench.qty.times(2));
  expectSame('invented fills', bench.engine.inventions(), 0);
}

async function halts(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const order = await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  await trouble.halt(true);
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  const { reason } = await reached(bench, bench.trader, id, ['denied', 'rejected']);
  expect(reason !== undefined, 'refused without a reason');
  bench.trader.cancel(order.clientOrderId);
  await reached(bench, bench.trader, order.clientOrderId, ['canceled']);
  await trouble.halt(false);
  await tradesAgain(bench, RECOVERY_MS * 2);
}

/** Orders of the wrong mode are refused for certain; nothing opens; once the mode is back, all goes on. */
async function modeChanges(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.setHedgeMode(true);
  try {
    const id = bench.trader.place({ side: 'buy', type: 'market', qty: decimalText(bench.qty) });
    const { reason } = await reached(bench, bench.trader, id, ['denied', 'rejected']);
    expect(reason !== undefined, 'refused without a reason');
    expectSame('orders at the venue', await trouble.takenOn(id), 0);
    await expectPosition(bench, ZERO);
  } finally {
    await trouble.setHedgeMode(false);
  }
  await tradesAgain(bench);
}

/** Our own order, taken away in a browser. */
async function canceledByHand(bench: CardBench): Promise<void> {
  const order = await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  const outcome = await bench.adapter.cancel({
    ...{ instrument: bench.instrument.id, clientOrderId: order.clientOrderId, conditional: false },
  });
  expectSame('cancel by hand', outcome.type, 'confirmed');
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A C');
}

/** Ours, with another price and quantity than we gave it. */
async function modifiedByHand(bench: CardBench): Promise<void> {
  const order = await resting(bench, { side: 'sell', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'sell', 2) });
  const report = await bench.adapter.lookUpOrder({
    ...{ instrument: bench.instrument.id, clientOrderId: order.clientOrderId, conditional: false },
  });
  expect(report.type === 'answered', 'the venue does not know the order');
  const price = report.value.terms.price?.plus(bench.instrument.tickSize);
  expect(price !== undefined, 'the order has no price');
  const ref = { instrument: bench.instrument.id, clientOrderId: order.clientOrderId, conditional: false };
  const outcome = await bench.adapter.modify({ order: ref, terms: report.value.terms, price, qty: bench.qty.times(2) });
  expectSame('modify by hand', outcome.type, 'confirmed');
  await bench.until('the engine has the new price', () => bench.trader.order(order.clientOrderId)?.price === decimalText(price));
  expectAmount('quantity', bench.trader.order(order.clientOrderId)?.qty, bench.qty.times(2));
}

async function orderByHand(bench: CardBench): Promise<void> {
  const id = await byHand(bench, 'buy', await awayBy(bench, 'buy', 3));
  await bench.until('the engine sees it', () => bench.trader.order(id)?.phase === 'new');
  expectSame('owner', bench.trader.order(id)?.owner, 'EXTERNAL');
  const answer = await bench.trader.answer(bench.trader.cancel(id));
  expectSame('a trader may cancel it', [answer.verdict, answer.reason?.code], ['denied', 'NOT_YOURS']);
  bench.trader.cancelAll();
  await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  expectSame('it is open', bench.trader.order(id)?.phase, 'new');
}

/** A position that somebody's hand opened counts, and can be closed by a strategy. */
async function positionByHand(bench: CardBench): Promise<void> {
  const id = await byHand(bench, 'buy', await awayBy(bench, 'buy', -0.5));
  await bench.until('the engine sees it filled', () => bench.trader.order(id)?.phase === 'filled');
  await expectPosition(bench, bench.qty);
  const closing = bench.trader.place({ side: 'sell', type: 'market', qty: decimalText(bench.qty), reduceOnly: true });
  await reached(bench, bench.trader, closing, ['filled']);
  await expectPosition(bench, ZERO);
}

async function twoStrategies(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  const first = await resting(bench, { side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', 2) });
  const second = await resting(bench, { side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', 2) }, bench.second);
  expect(first.owner !== second.owner, `both orders belong to ${first.owner}`);
  const answer = await bench.second.answer(bench.second.cancel(first.clientOrderId));
  expectSame("cancel of the other's order", [answer.verdict, answer.reason?.code], ['denied', 'NOT_YOURS']);
  bench.second.cancelAll();
  await reached(bench, bench.second, second.clientOrderId, ['canceled']);
  expectSame("the other's story", storyOf(bench.trader.events(first.clientOrderId)), 'I S A');
  // One buys, the other sells as much: the account is flat, and each has his own fills.
  const bought = bench.trader.place({ side: 'buy', type: 'market', qty });
  const sold = bench.second.place({ side: 'sell', type: 'market', qty });
  await reached(bench, bench.trader, bought, ['filled']);
  await reached(bench, bench.second, sold, ['filled']);
  await expectPosition(bench, ZERO);
}

async function saidTwice(bench: CardBench): Promise<void> {
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  for (let copy = 0; copy < 3; copy += 1) bench.trader.repeat(id);
  await reached(bench, bench.trader, id, ['new']);
  const witness = bench.trader.query(id);
  expectSame('answer after the copies', (await bench.trader.answer(witness)).verdict, 'known');
  await expectStory(bench, bench.trader, id, 'I S A');
  if (bench.trouble !== undefined) expectSame('requests at the venue', await bench.trouble.received('submit', id), 1);
}

export const DISTURBANCE_CARDS: readonly Card[] = [
  troubleCard('X20', 'User events twice', (bench) => liesOnTheStream(bench, 'duplicate')),
  troubleCard('X21', 'User events out of order', (bench) => liesOnTheStream(bench, 'delay')),
  troubleCard('X22', 'User events that never come', (bench) => liesOnTheStream(bench, 'drop')),
  troubleCard('X23', 'Symbol halted, and trading again', halts),
  troubleCard('X24', 'Position mode changed from outside', modeChanges),
  card('X25', 'Own order cancelled by hand', canceledByHand),
  card('X26', 'Own order modified by hand', modifiedByHand),
  card('X27', 'Order made by hand', orderByHand),
  card('X28', 'Position changed by hand', positionByHand),
  card('X29', 'Two strategies on one symbol', twoStrategies),
  card('X30', 'The same command four times', saidTwice),
];
