/** E74–E78: a command whose fate is not proven is unknown, not refused; what became of it is found out, and never sent twice. */
import { decimalText } from '@fillwright/domain';
import { DOUBTFUL_BATCH_CARDS } from './batches.ts';
import type { CardBench, CardOrder, Lie } from './bench.ts';
import { type Card, troubleCard } from './card.ts';
import {
  atVenue,
  awayBy,
  expect,
  expectAmount,
  expectFate,
  expectSame,
  PROOF_MS,
  reached,
  resting,
  storyOf,
  tradesAgain,
  troubleOf,
} from './check.ts';

const DONE: readonly Lie[] = [
  'cut-done',
  'unknown-done',
  'timeout-done',
  'gateway-done',
  'empty-done',
  'unreadable-done',
  'truncated-done',
];
const LOST: readonly Lie[] = ['cut-lost', 'unknown-lost', 'timeout-lost', 'gateway-lost'];
const HALTED_MS = 10_000;

/** Commands get through: the cut of a lie before may have taken their connection along. */
async function connected(bench: CardBench): Promise<void> {
  await tradesAgain(bench, HALTED_MS);
}

/** The lie was told: the answer is doubted, or the stream was faster. */
async function told(bench: CardBench, id: string, letters: readonly string[]): Promise<void> {
  await bench.until(
    `${id} has one of ${letters.join(', ')} in its story`,
    () =>
      storyOf(bench.trader.events(id))
        .split(' ')
        .some((letter) => letters.includes(letter)),
    HALTED_MS,
  );
}

async function ambiguousSubmit(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const qty = decimalText(bench.qty);
  const ids = new Map<string, Lie>();
  for (const lie of [...LOST, ...DONE]) {
    await connected(bench);
    const price = await awayBy(bench, 'buy', 2 + ids.size / 10);
    await trouble.strike('submit', lie);
    const id = bench.trader.place({ side: 'buy', type: 'limit', qty, price });
    ids.set(id, lie);
    await told(bench, id, ['?', 'A', 'R', 'D']);
  }
  for (const [id, lie] of ids) await expectFate(bench, id, lie, lie.endsWith('-done'));
}

async function rows(bench: CardBench, count: number): Promise<readonly CardOrder[]> {
  const qty = decimalText(bench.qty);
  const orders: CardOrder[] = [];
  for (let n = 0; n < count; n += 1)
    orders.push(await resting(bench, { side: 'sell', type: 'limit', qty, price: await awayBy(bench, 'sell', 2 + n / 10) }));
  return orders;
}

async function ambiguousCancel(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const lies = [...LOST, ...DONE];
  await connected(bench);
  const orders = await rows(bench, lies.length);
  for (const [index, lie] of lies.entries()) {
    const id = orders[index]?.clientOrderId ?? '';
    await connected(bench);
    await trouble.strike('cancel', lie);
    bench.trader.cancel(id);
    await told(bench, id, ['C?', 'C', 'CR']);
  }
  for (const [index, lie] of lies.entries()) {
    const order = orders[index];
    if (order === undefined) continue;
    await reached(bench, bench.trader, order.clientOrderId, ['canceled'], PROOF_MS);
    const story = storyOf(bench.trader.events(order.clientOrderId));
    expect(!story.includes('CR'), `${lie}: ${story}`);
    expectSame(`${lie}: at the venue`, (await atVenue(bench, order)).phase, 'canceled');
  }
}

async function ambiguousModify(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const lies = [...LOST, ...DONE];
  await connected(bench);
  const orders = await rows(bench, lies.length);
  const price = await awayBy(bench, 'sell', 4);
  for (const [index, lie] of lies.entries()) {
    const id = orders[index]?.clientOrderId ?? '';
    await connected(bench);
    await trouble.strike('modify', lie);
    bench.trader.modify(id, { price });
    await told(bench, id, ['U?', 'U', 'UR']);
  }
  for (const [index, lie] of lies.entries()) {
    const order = orders[index];
    if (order === undefined) continue;
    const id = order.clientOrderId;
    await bench.until(`the change of ${id} has an end`, () => bench.trader.order(id)?.request === undefined, PROOF_MS);
    const story = storyOf(bench.trader.events(id));
    const refusal = bench.trader.events(id).find(({ change }) => change === 'request-refused');
    if (lie.endsWith('-done')) expect(['I S A PU U', 'I S A PU U? U'].includes(story), `${lie}: ${story}`);
    // Only with proof that it was not carried out.
    else expectSame(lie, [story, refusal?.reason?.code], ['I S A PU U? UR', 'NOT_EXECUTED']);
    const is = (await atVenue(bench, order)).terms.price;
    expectAmount(`${lie}: price at the venue`, is, lie.endsWith('-done') ? price : (order.price ?? ''));
    expectAmount(`${lie}: price in the engine`, bench.trader.order(id)?.price, is?.toFixed() ?? '');
  }
}

export const DOUBT_CARDS: readonly Card[] = [
  troubleCard('E74', 'Ambiguous submit', ambiguousSubmit),
  troubleCard('E75', 'Ambiguous cancel', ambiguousCancel),
  troubleCard('E76', 'Ambiguous modify', ambiguousModify),
  ...DOUBTFUL_BATCH_CARDS,
];
