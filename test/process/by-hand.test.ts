import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';

jest.setTimeout(180_000);

const SYMBOL = 'SOLUSDT';
const INSTRUMENT = 'SOLUSDT-PERP.BINANCE';

let stack: Stack;
let questions: Questions;
let trader: ScriptedTrader;

beforeAll(async () => {
  stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server']);
  questions = new Questions(stack);
  await stack.venue.control('POST', 'book', { symbol: SYMBOL, bids: [['179.9000', '50']], asks: [['180.1000', '50']] });
  trader = await ScriptedTrader.start(stack, questions);
});

afterAll(() => stack?.dispose());

function byHand(parameters: Readonly<Record<string, string>>): Promise<{ readonly clientOrderId: string }> {
  return stack.venue.signed('POST', '/fapi/v1/order', { symbol: SYMBOL, ...parameters });
}

describe('what is done by hand on the account', () => {
  it('is a fill of EXTERNAL in the engine and in the books of the position-server', async () => {
    const { clientOrderId } = await byHand({ side: 'BUY', type: 'MARKET', quantity: '2', newClientOrderId: 'web_by_hand_1' });

    const filled = await until('the fill', () =>
      trader.changes.find(({ change, order }) => change === 'filled' && order.clientOrderId === clientOrderId),
    );
    expect(filled).toMatchObject({ order: { owner: 'EXTERNAL', phase: 'filled' }, fill: { owner: 'EXTERNAL', qty: '2' } });
    await untilAgreed(stack, questions);
    const { books = [] } = await questions.ledger();
    expect(books.filter(({ instrument }) => instrument === INSTRUMENT)).toMatchObject([{ owner: 'EXTERNAL', qty: '2' }]);
  });

  it('stands beside the book of a strategy: their sum is the position', async () => {
    // The first order of its trader; a mark price may be a second away.
    await trader.answerTo(trader.cancel(await trader.open({ instrument: INSTRUMENT, side: 'buy', qty: '1', price: '150' })));
    await trader.phase(trader.place({ instrument: INSTRUMENT, side: 'sell', qty: '0.5' }), 'filled');
    await untilAgreed(stack, questions);

    const { books = [], positions = [] } = await questions.ledger();
    const rows = books.map(({ owner, strategy, qty }) => `${owner} ${strategy} ${qty}`).toSorted();
    expect(rows).toEqual(['EXTERNAL  2', 'st scripted -0.5']);
    expect(positions).toMatchObject([{ instrument: INSTRUMENT, qty: '1.5' }]);
  });

  it('is an open order of EXTERNAL, which nobody else may cancel', async () => {
    await byHand({ side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '150', quantity: '1', newClientOrderId: 'web_by_hand_2' });
    await until('the engine shows it', () => trader.order('web_by_hand_2')?.phase === 'new');
    expect(trader.order('web_by_hand_2')).toMatchObject({ owner: 'EXTERNAL' });

    const answer = await trader.answerTo(trader.cancel('web_by_hand_2'));
    expect(answer).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_YOURS' } });
    await questions.control('trading-engine', 'cancel-all');
    await untilAgreed(stack, questions);
    expect((await stack.venue.account()).openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual(['web_by_hand_2']);
  });

  it('is found after a restart of the engine: orders and trades made while it was away', async () => {
    await stack.kill('trading-engine');
    await byHand({ side: 'SELL', type: 'MARKET', quantity: '3', newClientOrderId: 'web_by_hand_3' });
    await byHand({ side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', price: '190', quantity: '1', newClientOrderId: 'web_by_hand_4' });
    // Half of it trades while nobody looks.
    await byHand({ side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '2', newClientOrderId: 'web_by_hand_5' });
    await stack.venue.control('POST', 'trades', { symbol: SYMBOL, side: 'SELL', quantity: '1', price: '180' });
    await stack.launchReady('trading-engine');

    await untilAgreed(stack, questions);
    const { orders } = await questions.engineAccount();
    expect(orders.map(({ owner, clientOrderId }) => `${owner} ${clientOrderId}`).toSorted()).toEqual([
      'EXTERNAL web_by_hand_2',
      'EXTERNAL web_by_hand_4',
      'EXTERNAL web_by_hand_5',
    ]);
    const { books = [] } = await questions.ledger();
    expect(books.map(({ owner, qty }) => `${owner} ${qty}`).toSorted()).toEqual(['EXTERNAL 0', 'st -0.5']);
    expect(stack.log('trading-engine').filter(({ event }) => event === 'position-repaired')).toEqual([]);
  });

  it('is left alone when the engine stops, which takes its own orders along', async () => {
    await trader.sync();
    await trader.open({ instrument: INSTRUMENT, side: 'buy', qty: '1', price: '151' });

    const end = await stack.stop('trading-engine');

    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.tookMs).toBeLessThan(5_000);
    const { openOrders } = await stack.venue.account();
    const left = openOrders.map(({ clientOrderId }) => clientOrderId).toSorted();
    expect(left).toEqual(['web_by_hand_2', 'web_by_hand_4', 'web_by_hand_5']);
  });
});
