/** X01–X09: what the acceptance specifications leave out: a death, a cut, a clock or a limit in the middle of an order. */
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
  PROOF_MS,
  reached,
  resting,
  storyOf,
  tradesAgain,
  troubleOf,
} from './check.ts';

const RECOVERY_MS = 30_000;
/** A quota is there again after its window; an engine that is not told when waits for the longest one, a minute. */
const QUOTA_MS = 90_000;
/** Doubts about the clock are asked about every ten seconds; windows of limits count in the venue's time, which went back. */
const CLOCKS_AGREE_MS = 90_000;
const BAN_MS = 150_000;

/** Executed, but the one who asked is dead before the answer comes. */
async function diesAfterSubmit(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.strike('submit', 'slow-done', { delayMs: 3_000 });
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  await bench.until('the venue has it', async () => (await trouble.takenOn(id)) === 1);
  await bench.engine.kill();
  await bench.engine.start();
  const { orders } = await bench.engine.account();
  expectSame(
    'after the restart',
    orders.map(({ clientOrderId, phase }) => [clientOrderId, phase]),
    [[id, 'new']],
  );
  expectSame('requests and orders at the venue', [await trouble.received('submit', id), await trouble.takenOn(id)], [1, 1]);
}

/** Never executed: the restarted engine may neither forget it nor send it again. */
async function diesBeforeSubmit(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.strike('submit', 'cut-lost');
  const id = bench.trader.place({ side: 'sell', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'sell', 2) });
  await bench.until('it was sent', () => storyOf(bench.trader.events(id)).includes('S'));
  await bench.engine.kill();
  await bench.engine.start();
  await bench.until(
    'the engine knows that it never was',
    async () => (await bench.trader.answer(bench.trader.query(id))).order?.phase === 'rejected',
    PROOF_MS,
  );
  expectSame('orders at the venue', await trouble.takenOn(id), 0);
  expectSame('unknown orders', (await bench.engine.account()).unknownOrders, 0);
}

async function cutWhileFilling(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const price = await inside(bench, 'buy');
  const qty = decimalText(bench.qty.times(2));
  const order = await resting(bench, { side: 'buy', type: 'limit', timeInForce: 'GTX', qty, price });
  await trouble.cut('private-stream');
  await trouble.trade('sell', qty, price);
  const after = await reached(bench, bench.trader, order.clientOrderId, ['filled'], RECOVERY_MS);
  expectAmount('filled', after.filledQty, qty);
  const ids = bench.trader.events(order.clientOrderId).flatMap(({ fill }) => fill?.tradeId ?? []);
  expectSame('every trade once', new Set(ids).size, ids.length);
  await expectPosition(bench, bench.qty.times(2));
}

/** Each step of an order's life with every stream cut in the middle of it. */
async function cutsInTheMiddle(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.strike('submit', 'slow-done', { delayMs: 300 });
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  await bench.until('the venue has it', async () => (await trouble.takenOn(id)) === 1);
  await trouble.cut('all-streams');
  await reached(bench, bench.trader, id, ['new'], RECOVERY_MS);
  const price = await awayBy(bench, 'buy', 3);
  bench.trader.modify(id, { price });
  await trouble.cut('all-streams');
  await bench.until('the change has an end', () => bench.trader.order(id)?.request === undefined, PROOF_MS);
  bench.trader.cancel(id);
  await trouble.cut('all-streams');
  await reached(bench, bench.trader, id, ['canceled'], PROOF_MS);
  expectSame('orders at the venue', await trouble.takenOn(id), 1);
}

async function partlyFilledWhileDead(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const price = await inside(bench, 'sell');
  const order = await resting(bench, { side: 'sell', type: 'limit', timeInForce: 'GTX', qty: decimalText(bench.qty.times(4)), price });
  await trouble.trade('buy', decimalText(bench.qty), price);
  await reached(bench, bench.trader, order.clientOrderId, ['partially-filled']);
  await bench.engine.kill();
  await trouble.trade('buy', decimalText(bench.qty.times(2)), price);
  await bench.engine.start();
  const after = await bench.until('the fills of the downtime', () => {
    const told = bench.trader.order(order.clientOrderId);
    return told?.filledQty === decimalText(bench.qty.times(3)) && told;
  });
  expectSame('phase', after.phase, 'partially-filled');
  await expectPosition(bench, bench.qty.times(-3));
  expectSame('invented fills', bench.engine.inventions(), 0);
}

/** A command ends, rightly, whatever the clocks say; and once they agree all goes on. */
async function clocksDiffer(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const price = await awayBy(bench, 'buy', 2);
  for (const skewMs of [6_000, -6_000]) {
    await trouble.skewClock(skewMs);
    const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price });
    const { phase, reason } = await reached(bench, bench.trader, id, ['new', 'rejected', 'denied'], PROOF_MS);
    expectSame(`orders at the venue, ${skewMs} ms apart`, await trouble.takenOn(id), phase === 'new' ? 1 : 0);
    expect(phase === 'new' || reason !== undefined, 'refused without a reason');
  }
  await trouble.skewClock(0);
  await tradesAgain(bench, CLOCKS_AGREE_MS);
}

async function timestampRefused(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.strike('submit', 'stale-time');
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  await reached(bench, bench.trader, id, ['new']);
  // Refused at the gate is proof: sampled anew, sent once more.
  await expectStory(bench, bench.trader, id, 'I S A', 'I S S A');
  expectSame('orders at the venue', await trouble.takenOn(id), 1);
}

/** Somebody else uses up what the account may send: the engine hears 429, waits, and loses nothing. */
async function overTheLimit(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  await trouble.exhaustOrders();
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  const { phase, reason } = await reached(bench, bench.trader, id, ['new', 'denied', 'rejected'], QUOTA_MS);
  expectSame('orders at the venue', await trouble.takenOn(id), phase === 'new' ? 1 : 0);
  expect(phase === 'new' || reason !== undefined, 'refused without a reason');
  await tradesAgain(bench, QUOTA_MS);
  expectSame('unknown orders', (await bench.engine.account()).unknownOrders, 0);
}

/** Nothing leaves before the end that the venue named, not even a question or a cancel; then all goes on. */
async function banned(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const order = await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 3) });
  await trouble.strike('submit', 'banned');
  const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
  await reached(bench, bench.trader, id, ['denied', 'rejected'], QUOTA_MS);
  bench.trader.cancel(order.clientOrderId);
  await bench.trader.answer(bench.trader.query(order.clientOrderId));
  expectSame('cancels that reached the venue', await trouble.received('cancel', order.clientOrderId), 0);
  await reached(bench, bench.trader, order.clientOrderId, ['canceled'], BAN_MS);
  await tradesAgain(bench);
  await expectPosition(bench, ZERO);
}

export const CRASH_CARDS: readonly Card[] = [
  troubleCard('X01', 'Killed between submit and answer: the venue has it', diesAfterSubmit),
  troubleCard('X02', 'Killed after a submit that never arrived', diesBeforeSubmit),
  troubleCard('X03', 'Private stream cut while an order fills', cutWhileFilling),
  troubleCard('X04', 'Streams cut in the middle of submit, modify and cancel', cutsInTheMiddle),
  troubleCard('X05', 'Killed half filled, filled further meanwhile', partlyFilledWhileDead),
  troubleCard('X06', 'Clock skew of 6 s, both ways', clocksDiffer),
  troubleCard('X07', 'Timestamp refused (-1021)', timestampRefused),
  troubleCard('X08', 'Over the order limit (429)', overTheLimit),
  { ...card('X09', 'Banned (418): quiet until the end named', banned), needs: 'trouble', slow: 'takes 2 minutes: no ban is shorter' },
];
