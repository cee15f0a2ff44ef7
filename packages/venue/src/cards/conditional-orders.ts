/** E20–E27: orders that wait for a trigger, which this kind of venue keeps at a place of its own. */
import { decimalText } from '@fillwright/domain';
import type { CardBench, CardTerms } from './bench.ts';
import { type Card, card } from './card.ts';
import { awayBy, expect, expectSame, expectStory, expectTermsEverywhere, resting } from './check.ts';

const FAR = 3;
const FURTHER = 4;

/** Stops wait beyond the market on their own side, take-profits on the other. */
async function termsOf(bench: CardBench, side: 'buy' | 'sell', type: CardTerms['type']): Promise<CardTerms> {
  const isStop = type.startsWith('stop');
  // `awayBy` goes down for a buy and up for a sell.
  const direction = isStop ? -1 : 1;
  const trigger = { price: await awayBy(bench, side, FAR * direction), working: 'mark' } as const;
  const base = { side, type, qty: decimalText(bench.qty), trigger };
  return type.endsWith('-market') ? base : { ...base, price: await awayBy(bench, side, FURTHER * direction) };
}

async function waits(bench: CardBench, side: 'buy' | 'sell', type: CardTerms['type']): Promise<string> {
  const terms = await termsOf(bench, side, type);
  const order = await resting(bench, terms);
  await expectStory(bench, bench.trader, order.clientOrderId, 'I S A');
  await expectTermsEverywhere(bench, order, terms);
  const open = await bench.adapter.openAlgoOrders();
  expect(open.type === 'answered', 'the venue does not list conditional orders');
  expectSame(
    'conditional orders at the venue',
    open.value.map(({ clientOrderId }) => clientOrderId),
    [order.clientOrderId],
  );
  return order.clientOrderId;
}

/** What lives at another endpoint is found again, too. */
async function survivesRestart(bench: CardBench): Promise<void> {
  const id = await waits(bench, 'buy', 'stop-market');
  const before = bench.trader.order(id);
  await bench.engine.kill();
  await bench.engine.start();
  const { orders } = await bench.engine.account();
  const known = orders.map(({ clientOrderId, phase, trigger }) => [clientOrderId, phase, trigger?.price]);
  expectSame('orders after the restart', known, [[id, 'new', before?.trigger?.price]]);
}

export const CONDITIONAL_ORDER_CARDS: readonly Card[] = [
  card('E20', 'Stop-market buy, found again after a restart', survivesRestart),
  card('E21', 'Stop-market sell', async (bench) => void (await waits(bench, 'sell', 'stop-market'))),
  card('E22', 'Stop-limit buy', async (bench) => void (await waits(bench, 'buy', 'stop'))),
  card('E23', 'Stop-limit sell', async (bench) => void (await waits(bench, 'sell', 'stop'))),
  card('E24', 'Market-if-touched buy', async (bench) => void (await waits(bench, 'buy', 'take-profit-market'))),
  card('E25', 'Market-if-touched sell', async (bench) => void (await waits(bench, 'sell', 'take-profit-market'))),
  card('E26', 'Limit-if-touched buy', async (bench) => void (await waits(bench, 'buy', 'take-profit'))),
  card('E27', 'Limit-if-touched sell', async (bench) => void (await waits(bench, 'sell', 'take-profit'))),
];
