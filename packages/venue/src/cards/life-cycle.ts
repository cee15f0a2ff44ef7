/** E80–E101: what holds at the start and the end of an engine, and what a restart finds again. */
import { decimal, decimalText, usTime, ZERO } from '@fillwright/domain';
import type { CardBench, CardOrder } from './bench.ts';
import { type Card, card, skipped } from './card.ts';
import {
  atVenue,
  awayBy,
  CardFailure,
  enginePosition,
  expect,
  expectAmount,
  expectPosition,
  expectSame,
  inside,
  reached,
  resting,
  venuePosition,
} from './check.ts';

const SETTLE_MS = 20_000;
const RECENT_US = 120_000_000;

async function positionFirst(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  await reached(bench, bench.trader, bench.trader.place({ side: 'buy', type: 'market', qty }), ['filled']);
  await bench.engine.kill();
  await bench.engine.start();
  // Ready means: it knows what it holds.
  expectAmount('position at the first moment', await enginePosition(bench), bench.qty);
  await resting(bench, { side: 'sell', type: 'limit', qty, price: await awayBy(bench, 'sell', 2), reduceOnly: true });
}

/** An order that somebody's own hand made. */
export async function byHand(bench: CardBench, side: 'buy' | 'sell', price: string): Promise<string> {
  const clientOrderId = bench.handId();
  const outcome = await bench.adapter.submit({
    clientOrderId,
    terms: {
      ...{ instrument: bench.instrument.id, side, type: 'limit', timeInForce: 'GTC', qty: bench.qty },
      ...{ price: decimal(price), reduceOnly: false, closePosition: false },
    },
  });
  if (outcome.type !== 'confirmed') throw new CardFailure(`no order by hand: ${JSON.stringify(outcome)}`);
  return clientOrderId;
}

async function stopsItsOwn(bench: CardBench): Promise<void> {
  const hand = await byHand(bench, 'buy', await awayBy(bench, 'buy', 3));
  const own = await resting(bench, {
    ...{ side: 'buy', type: 'limit', qty: decimalText(bench.qty) },
    price: await awayBy(bench, 'buy', 2),
  });
  await bench.until('the engine sees the order made by hand', () => bench.trader.order(hand)?.phase === 'new');
  await bench.engine.stop();
  try {
    const open = await bench.adapter.openOrders();
    expect(open.type === 'answered', 'the venue lists no open orders');
    expectSame(
      'open at the venue',
      open.value.map(({ clientOrderId }) => clientOrderId),
      [hand],
    );
    expectSame('the own order', (await atVenue(bench, own)).phase, 'canceled');
  } finally {
    await bench.engine.start();
  }
}

async function flattens(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  await reached(bench, bench.trader, bench.trader.place({ side: 'sell', type: 'market', qty }), ['filled']);
  await bench.engine.control('flatten');
  await bench.until('flat at the venue', async () => (await venuePosition(bench)).qty.isZero(), SETTLE_MS);
  await expectPosition(bench, ZERO);
  await bench.engine.stop();
  await bench.engine.start();
  await bench.engine.control('resume');
}

async function silentAfterClose(bench: CardBench): Promise<void> {
  const heard: string[] = [];
  const opened = await bench.adapter.openPrivateStream({
    onEvent: (event) => void heard.push(event.type),
    onDown: (reason) => void heard.push(`down: ${reason}`),
  });
  if (opened.type !== 'confirmed') throw new CardFailure(`no private stream: ${JSON.stringify(opened)}`);
  const price = await awayBy(bench, 'buy', 2);
  const order = await resting(bench, { side: 'buy', type: 'limit', qty: decimalText(bench.qty), price });
  await bench.until('the stream tells of the order', () => heard.includes('order'));
  opened.value.close();
  const before = heard.length;
  bench.trader.cancel(order.clientOrderId);
  // The engine hears of it on a stream of its own.
  await reached(bench, bench.trader, order.clientOrderId, ['canceled']);
  expectSame('heard after the end', heard.slice(before), []);
}

function shown(order: CardOrder): readonly unknown[] {
  const { clientOrderId, venueOrderId, algoId, phase, side, type, qty, price, filledQty } = order;
  return [clientOrderId, algoId ?? venueOrderId, phase, side, type, qty, price, filledQty];
}

async function findsOpenOrders(bench: CardBench): Promise<void> {
  const qty = decimalText(bench.qty);
  const trigger = { price: await awayBy(bench, 'sell', -3), working: 'mark' } as const;
  const before = [
    await resting(bench, { side: 'buy', type: 'limit', qty, price: await awayBy(bench, 'buy', 2) }),
    await resting(bench, { side: 'sell', type: 'limit', timeInForce: 'GTX', qty, price: await awayBy(bench, 'sell', 2) }),
    await resting(bench, { side: 'sell', type: 'stop-market', qty, trigger }),
  ];
  await bench.engine.kill();
  await bench.engine.start();
  const { orders } = await bench.engine.account();
  expectSame('after the restart', orders.map(shown).toSorted(), before.map(shown).toSorted());
  const lists = [await bench.adapter.openOrders(), await bench.adapter.openAlgoOrders()];
  const counted = lists.flatMap((list) => (list.type === 'answered' ? list.value : []));
  expectSame('orders at the venue', counted.length, orders.length);
  // They are managed as before.
  for (const { clientOrderId } of before) bench.trader.cancel(clientOrderId);
  for (const { clientOrderId } of before) await reached(bench, bench.trader, clientOrderId, ['canceled']);
}

/** Filled while nobody looks, and booked with what the venue charged. */
async function findsFills(bench: CardBench): Promise<void> {
  const price = await inside(bench, 'buy');
  const order = await resting(bench, { side: 'buy', type: 'limit', timeInForce: 'GTX', qty: decimalText(bench.qty), price });
  await bench.engine.kill();
  await bench.trouble?.trade('sell', decimalText(bench.qty), price);
  await bench.engine.start();
  const told = await reached(bench, bench.trader, order.clientOrderId, ['filled']);
  const fills = bench.trader.events(order.clientOrderId).flatMap(({ fill }) => fill ?? []);
  const answer = await bench.adapter.trades(bench.instrument.id, { sinceTs: usTime(bench.nowUs() - RECENT_US) });
  if (answer.type === 'failed') throw new CardFailure(`the venue tells no trades: ${answer.reason.text}`);
  const truth = answer.value.filter(({ venueOrderId }) => venueOrderId === told.venueOrderId);
  expectSame(
    'fills: id, price, quantity, fee',
    fills.map((fill) => [fill.tradeId, fill.price, fill.qty, fill.fee]),
    truth.map((fill) => [fill.tradeId, decimalText(fill.price), decimalText(fill.qty), decimalText(fill.fee)]),
  );
  expect(fills.length > 0, 'there are no fills');
  expectSame('invented fills', bench.engine.inventions(), 0);
}

async function findsPosition(bench: CardBench, side: 'buy' | 'sell'): Promise<void> {
  const qty = decimalText(bench.qty);
  await reached(bench, bench.trader, bench.trader.place({ side, type: 'market', qty }), ['filled']);
  await bench.engine.kill();
  await bench.engine.start();
  const { positions } = await bench.engine.account();
  const held = positions.find(({ instrument }) => instrument === bench.instrument.id);
  const truth = await venuePosition(bench);
  expectAmount('quantity', held?.qty, truth.qty);
  expectAmount('average entry', held?.entryPrice, truth.entryPrice);
  const opposite = side === 'buy' ? 'sell' : 'buy';
  await reached(bench, bench.trader, bench.trader.place({ side: opposite, type: 'market', qty, reduceOnly: true }), ['filled']);
  await expectPosition(bench, ZERO);
}

const NO_OPTIONS = 'USDⓈ-M futures have no options';

export const LIFE_CYCLE_CARDS: readonly Card[] = [
  card('E80', 'Position on start, known before the first quote', positionFirst),
  card('E81', 'Cancel on stop: own orders only', stopsItsOwn),
  card('E82', 'Flatten, and stop', flattens),
  card('E83', 'Unsubscribe on stop', silentAfterClose),
  card('E84', 'Reconcile open orders', findsOpenOrders),
  { ...card('E85', 'Reconcile filled orders', findsFills), needs: 'trouble' },
  card('E86', 'Reconcile an open long', (bench) => findsPosition(bench, 'buy')),
  card('E87', 'Reconcile an open short', (bench) => findsPosition(bench, 'sell')),
  ...skipped(['E90', 'E91', 'E92', 'E93', 'E94', 'E95', 'E96', 'E97', 'E98', 'E99', 'E100', 'E101'], 'Options', NO_OPTIONS),
];
