import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, type ProcessName, Stack } from '../_stack/stack.ts';
import { repeated } from '../_stack/venue.ts';
import { nowMs, until } from '../_stack/wait.ts';

/** Back in sync within this after a start; what is unknown may wait for the exchange's own time limit (5 s) before it is believed gone. */
const BACK_MS = 45_000;
/** How long orders are held up: three starts of the engine, but in any case as long as one takes on a machine that has little else to do. */
const LEAST_DELAY_MS = 8_000;
/** What never came is believed lost, and given up by its trader, within `BACK_MS`. */
const LONGEST_DELAY_MS = 35_000;
/** From the deadline's beginning until the exchange has the order. */
const ON_THE_WAY_MS = 2_000;
const USUAL_WINDOW_MS = 5_000;
/** In which the exchange may still carry out what it took (`PROCESSING_LIMIT_MS` of venue-binance): an engine waits for so long and the window. */
const PROCESSING_MS = 10_000;
jest.setTimeout(240_000);

let stack: Stack;
let questions: Questions;
/** What the last start of a process took. */
let startMs = 0;

beforeAll(async () => {
  // Long enough for orders that are held up: what arrives past its deadline the exchange refuses.
  stack = await Stack.start(PROCESS_NAMES, {
    // On a quick machine ten starts of the engine fall into one minute, more than the exchange would stand.
    'exchange-simulator': { LIMITS: { WEIGHT_PER_MINUTE: '100000' } },
    trader: { STRATEGY: { ORDER_DEADLINE_MS: String(LEAST_DELAY_MS + ON_THE_WAY_MS) } },
  });
  questions = new Questions(stack);
  await trading(10);
});

afterAll(() => stack?.dispose());

/** The strategy goes on: so many orders more than now. */
async function trading(orders: number): Promise<void> {
  const before = (await stack.venue.account()).ordersAccepted;
  await until(`${orders} more orders`, async () => (await stack.venue.account()).ordersAccepted >= before + orders, {
    withinMs: BACK_MS,
    describe: async () =>
      `${JSON.stringify(await stack.health('trader'))}\n${JSON.stringify(await stack.health('trading-engine'))}\n${stack.logTail('trader')}`,
  });
}

/** Quoting pauses, the market stands still, and then all three tell the same. */
async function agree(): Promise<void> {
  await questions.control('trader', 'pause');
  await stack.venue.control('POST', 'flow', { state: 'off' });
  await untilAgreed(stack, questions, BACK_MS);
  // A trader that pauses still pulls quotes the market has left behind.
  const open = async () => (await stack.venue.account()).openOrders.map(({ clientOrderId }) => clientOrderId);
  await until('the trader has exactly the open orders', async () => (await stack.health('trader')).openOrders === (await open()).length, {
    withinMs: BACK_MS,
    describe: async () => `at the exchange: ${(await open()).join(', ')}; trader: ${JSON.stringify(await stack.health('trader'))}`,
  });
  expect(repeated(stack.venue.acceptedIds())).toEqual([]);
  // An invented fill would make positions agree as well; nothing here may need one.
  expect(stack.log('trading-engine').filter(({ event }) => event === 'position-repaired')).toEqual([]);
  await stack.venue.control('POST', 'flow', { state: 'on' });
  await questions.control('trader', 'resume');
}

async function killAndStart(name: ProcessName, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
  await stack.kill(name);
  await meanwhile();
  const launchedMs = nowMs();
  stack.launch(name);
  await stack.allReady(BACK_MS);
  startMs = nowMs() - launchedMs;
}

describe('after kill -9 in the running demo, a process that is started again is back in sync', () => {
  it('the trader', async () => {
    await killAndStart('trader');

    await agree();
    await trading(5);
  });

  it('the market-server', async () => {
    await killAndStart('market-server');

    await agree();
    await trading(5);
  });

  it('the position-server, missed by the engine, with fills that it did not hear of', async () => {
    await killAndStart('position-server', () =>
      until('the engine misses the position-server', async () => !(await stack.health('trading-engine')).ready),
    );

    await agree();
    await trading(5);
  });

  it('the engine, with open orders that fill while it is away', async () => {
    const { trades } = await stack.venue.account();
    await until('an open order', async () => (await stack.venue.account()).openOrders.length > 0);

    await killAndStart('trading-engine', async () => {
      // The market comes to the orders: they fill, and nobody hears of it.
      for (const { symbol, side, price, origQty } of (await stack.venue.account()).openOrders) {
        const taker = { symbol, side: side === 'BUY' ? 'SELL' : 'BUY', quantity: origQty, price };
        await stack.venue.control('POST', 'trades', taker);
      }
      await until('fills while the engine is away', async () => (await stack.venue.account()).trades > trades);
    });

    await agree();
    await trading(5);
  });

  it('the engine, while answers about orders are on their way', async () => {
    await stack.venue.fault({ kind: 'delay', path: '/fapi/v1/order', method: 'POST', probability: 1, delayMs: 700 });
    await inFlight();
    await killAndStart('trading-engine', () => stack.venue.healFaults());

    await agree();
    await trading(5);
  });

  it('the engine, while orders are still on their way to the exchange and arrive after its restart', async () => {
    const sending = await restartedAheadOfOrders();

    await agree();
    // They did arrive, once, after the engine that had sent them was dead.
    expect(sending.map((id) => stack.venue.placements(id).length)).toEqual(sending.map(() => 1));
    await trading(5);
  });

  it('the engine twice, the second time while it is still coming up', async () => {
    await stack.kill('trading-engine');
    const second = stack.launch('trading-engine');
    await until('it has begun', () =>
      stack.log('trading-engine').some(({ event, pid }) => event === 'process-starting' && pid === second.pid),
    );
    await killAndStart('trading-engine');

    await agree();
    await trading(5);
  });

  it('all but the exchange at once', async () => {
    const names = ['trader', 'position-server', 'trading-engine', 'market-server'] as const;
    await Promise.all(names.map((name) => stack.kill(name)));
    for (const name of names) stack.launch(name);
    await stack.allReady(BACK_MS);

    await agree();
    await trading(5);
  });
});

/** Orders that reach the books of the exchange so late that the engine which sent them is dead by then, and the next one is up. */
async function restartedAheadOfOrders(): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const delayMs = Math.min(Math.max(LEAST_DELAY_MS, Math.round(3 * startMs)), LONGEST_DELAY_MS);
    // The exchange takes an order as late as its deadline and the window allow.
    stack.change('trader', { STRATEGY: { ORDER_DEADLINE_MS: String(delayMs + ON_THE_WAY_MS) } });
    await killAndStart('trader');
    setWindow(delayMs + ON_THE_WAY_MS);
    await killAndStart('trading-engine');
    setWindow(Math.max(USUAL_WINDOW_MS, delayMs - PROCESSING_MS));
    await stack.venue.fault({ kind: 'delay-before', path: '/fapi/v1/order', method: 'POST', probability: 1, delayMs });
    const sending = await inFlight();
    await killAndStart('trading-engine', () => stack.venue.healFaults());
    setWindow(USUAL_WINDOW_MS);
    const early = sending.filter((id) => stack.venue.placements(id).length > 0);
    if (early.length === 0) return sending;
    // That start took longer than the last ones had.
    if (attempt === 3) throw new Error(`arrived before the engine was up again: ${early.join(', ')}`);
  }
}

/** Of the engine that is started next. */
function setWindow(windowMs: number): void {
  stack.change('trading-engine', { HTTP_API: { SIGNATURE_TIMESTAMP_TOLERANCE_MS: String(windowMs) } });
}

/** Ids of new orders that were written and not answered yet. Seen twice: of one that was journaled just now the bytes may not have left. */
function inFlight(): Promise<readonly string[]> {
  let before: readonly string[] = [];
  return until('a new order is in flight', async () => {
    const { orders } = await questions.engineAccount();
    const sending = orders.filter(({ phase }) => phase === 'sending').map(({ clientOrderId }) => clientOrderId);
    const still = sending.filter((id) => before.includes(id));
    before = sending;
    return still.length > 0 && still;
  });
}
