/** E77, E78 and X31: orders placed at once leave in one request where the venue takes them so, and each is as well off as it would be alone. */
import { decimalText } from '@fillwright/domain';
import type { CardBench, CardTerms, Lie } from './bench.ts';
import { type Card, card } from './card.ts';
import { atVenue, awayBy, expectFate, expectSame, expectStory, reached, storyOf, tradesAgain, troubleOf } from './check.ts';

const LOST: readonly Lie[] = ['cut-lost', 'timeout-lost'];
const DONE: readonly Lie[] = ['cut-done', 'truncated-done'];
const READY_MS = 10_000;
const SIZE = 5;
/** Which orders are ready in the same turn of the engine is up to the machine. */
const BURSTS = 8;

async function terms(bench: CardBench, count: number): Promise<readonly CardTerms[]> {
  const qty = decimalText(bench.qty);
  const all: CardTerms[] = [];
  for (let n = 0; n < count; n += 1) all.push({ side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', 2 + n / 10) });
  return all;
}

/** Says all at once; settles when each has an outcome, or is in doubt. */
async function burst(bench: CardBench, wanted: readonly CardTerms[]): Promise<readonly string[]> {
  const { trader } = bench;
  const ids = wanted.map((one) => trader.place(one));
  const isTold = (id: string): boolean => /[?ARD]/.test(storyOf(trader.events(id)));
  await bench.until('an outcome of each, or doubt', () => ids.every(isTold));
  return ids;
}

/** Bursts until some came to the venue in one request. All ids, and those that came so. */
async function batched(bench: CardBench, wanted: readonly CardTerms[]): Promise<readonly (readonly [id: string, together: boolean])[]> {
  const trouble = troubleOf(bench);
  const came: (readonly [string, boolean])[] = [];
  for (let n = 0; n < BURSTS; n += 1) {
    const ids = await burst(bench, wanted);
    for (const id of ids) came.push([id, (await trouble.company(id)) > 1]);
    if (came.some(([, together]) => together)) return came;
  }
  throw new Error(`of ${BURSTS} bursts of ${wanted.length} orders none came to the venue in one request`);
}

async function ambiguousBatch(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const wanted = await terms(bench, SIZE);
  const told: (readonly [id: string, lie: Lie | undefined])[] = [];
  for (const lie of [...LOST, ...DONE]) {
    await tradesAgain(bench, READY_MS);
    await trouble.strike('batch', lie);
    for (const [id, together] of await batched(bench, wanted)) told.push([id, together ? lie : undefined]);
  }
  for (const [id, lie] of told) await expectFate(bench, id, String(lie), lie === undefined || DONE.includes(lie));
}

async function rejectedInBatch(bench: CardBench): Promise<void> {
  const [first, second, third, ...others] = await terms(bench, SIZE);
  if (first === undefined || second === undefined || third === undefined) return;
  const crossing: CardTerms = { ...third, timeInForce: 'GTX', price: await awayBy(bench, 'buy', -1) };
  for (const [index, [id, together]] of (await batched(bench, [first, second, crossing, ...others])).entries()) {
    const isCrossing = index % SIZE === 2;
    const order = await reached(bench, bench.trader, id, [isCrossing ? 'rejected' : 'new']);
    await expectStory(bench, bench.trader, id, isCrossing ? 'I S R' : 'I S A');
    if (isCrossing) expectSame(`the reason, together ${together}`, order.reason?.code, bench.codes.postOnlyWouldTake);
    else expectSame('state at the venue', (await atVenue(bench, order)).phase, 'new');
  }
}

async function sevenAtOnce(bench: CardBench): Promise<void> {
  const wanted = await terms(bench, SIZE + 2);
  const ids = bench.takesBatches && bench.trouble ? (await batched(bench, wanted)).map(([id]) => id) : await burst(bench, wanted);
  for (const [index, id] of ids.entries()) {
    const order = await reached(bench, bench.trader, id, ['new']);
    await expectStory(bench, bench.trader, id, 'I S A');
    expectSame('price', order.price, wanted[index % wanted.length]?.price);
    expectSame('state at the venue', (await atVenue(bench, order)).phase, 'new');
    if (bench.trouble)
      expectSame('requests and orders', [await bench.trouble.received('submit', id), await bench.trouble.takenOn(id)], [1, 1]);
  }
}

export const DOUBTFUL_BATCH_CARDS: readonly Card[] = [
  { id: 'E77', title: 'Ambiguous batch', needs: 'batches', play: ambiguousBatch },
  { id: 'E78', title: 'Per-order batch reject', needs: 'batches', play: rejectedInBatch },
];
export const BATCH_CARDS: readonly Card[] = [card('X31', 'Seven orders at once', sevenAtOnce)];
