/** The simulated exchange dies and begins anew, with nothing of what was: no real one does so, and the desk must not go on as if nothing were. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';

/** What was open is unknown until the exchange has denied it often and long enough. */
const BACK_MS = 90_000;
jest.setTimeout(240_000);

let stack: Stack;
let questions: Questions;

beforeAll(async () => {
  stack = await Stack.start();
  questions = new Questions(stack);
});

afterAll(() => stack?.dispose());

async function trading(trades: number): Promise<void> {
  const before = (await stack.venue.account()).trades;
  await until(`${trades} more trades`, async () => (await stack.venue.account()).trades >= before + trades, {
    withinMs: BACK_MS,
    describe: () => stack.logTail('trading-engine'),
  });
}

describe('an exchange that forgot everything', () => {
  it('is believed: the desk says what it gave up, and all three books tell the same again', async () => {
    await trading(5);
    await until('a position', async () => (await questions.engineAccount()).positions.some(({ qty }) => Number(qty) !== 0));
    await questions.control('trader', 'pause');
    await until('quotes are pulled', async () => (await questions.engineAccount()).orders.length === 0, { withinMs: BACK_MS });
    const held = (await questions.engineAccount()).positions.filter(({ qty }) => Number(qty) !== 0);

    await stack.kill('exchange-simulator');
    stack.launch('exchange-simulator');
    await stack.allReady(BACK_MS);
    const repaired = await until('every position is given up', () => {
      const said = stack.log('trading-engine').filter(({ event }) => event === 'position-repaired');
      return said.length >= held.length && said;
    });
    for (const { instrument } of held) expect(repaired).toContainEqual(expect.objectContaining({ instrument, level: 'warn', venue: '0' }));

    // Ids go on: no new order, and no new trade, is taken for one of before.
    await questions.control('trader', 'resume');
    await trading(10);
    await questions.control('trader', 'pause');
    await stack.venue.control('POST', 'flow', { state: 'off' });
    await untilAgreed(stack, questions, BACK_MS);
    const said = stack.log('trading-engine');
    expect(said.filter(({ event }) => event === 'position-repaired')).toHaveLength(repaired.length);
    expect(said.filter(({ event }) => event === 'fill-contradicts-order')).toEqual([]);
  });
});
