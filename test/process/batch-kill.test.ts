/** Killed in the middle of a batch: what was journaled of it and never written, written and never answered, answered and never taken in. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { Stack } from '../_stack/stack.ts';
import { isTooLate, repeated, type VenueLine } from '../_stack/venue.ts';
import { until } from '../_stack/wait.ts';

const SOL = 'SOLUSDT-PERP.BINANCE';
const BURST = 8;
const REACHED_MS = 60_000;
/** What never arrived is believed lost when the exchange's own limit and the window have passed. */
const PROVEN_MS = 90_000;
jest.setTimeout(240_000);

let stack: Stack;
let trader: ScriptedTrader;
let questions: Questions;

beforeAll(async () => {
  stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server'], {
    // Answers come before events, so that both have something to tell. And an engine that starts every second asks a lot.
    'exchange-simulator': { LIMITS: { WEIGHT_PER_MINUTE: '100000' }, DELAYS: { USER_MS: '40' } },
    'trading-engine': {
      ORDER_MANAGEMENT: { ORDER_BATCH: 'auto', ORDER_TIMEOUT_MS: '1000' },
      HTTP_API: { SIGNATURE_TIMESTAMP_TOLERANCE_MS: '1000' },
    },
  });
  questions = new Questions(stack);
  trader = await ScriptedTrader.start(stack, questions);
});

afterAll(() => stack?.dispose());

interface Death {
  readonly ids: readonly string[];
  /** The order at which the engine died. */
  readonly about: string;
  /** What the exchange was asked meanwhile. */
  readonly requests: readonly VenueLine[];
}

async function diesAt(failpoint: string): Promise<Death> {
  await stack.kill('trading-engine');
  const logged = stack.venue.log().length;
  const child = stack.launch('trading-engine', [], { FILLWRIGHT_FAILPOINT: failpoint });
  await stack.ready('trading-engine', REACHED_MS);
  await trader.sync();
  const ids: string[] = [];
  await until(
    `the engine dies at ${failpoint}`,
    () => {
      if (!child.alive) return true;
      for (let n = 0; n < BURST; n += 1) ids.push(trader.place({ instrument: SOL, side: 'buy', qty: '1', price: '150' }));
      return false;
    },
    { withinMs: REACHED_MS, everyMs: 500, describe: () => stack.logTail('trading-engine') },
  );
  const { signal } = await child.end(undefined, REACHED_MS);
  expect(signal).toBe('SIGKILL');
  const [, about = ''] = /^failpoint \S+ (.*)$/.exec(child.stderr.at(-1) ?? '') ?? [];
  return { ids, about, requests: stack.venue.log().slice(logged) };
}

describe('an engine killed in the middle of a batch', () => {
  it.each([
    // The fourth order of a burst: others of its batch are journaled, none has left.
    ['engine.turn-come:4', false],
    ['engine.sending-journaled:4', false],
    ['engine.bytes-written:4', undefined],
    ['engine.answer-read:3', true],
    ['engine.outcome-journaled:3', true],
  ] as const)('at %s has lost no order, doubled none, and agrees with the exchange', async (failpoint, arrived) => {
    const { ids, about, requests } = await diesAt(failpoint);
    stack.launch('trading-engine');
    await stack.ready('trading-engine', REACHED_MS);
    await trader.sync();
    const doubts = async () => (await questions.engineAccount()).unknownOrders;
    await until('no order in doubt', async () => (await doubts()) === 0, { withinMs: PROVEN_MS, everyMs: 200 });
    await untilAgreed(stack, questions, REACHED_MS);

    const accepted = stack.venue.acceptedIds();
    expect(ids).toContain(about);
    expect(repeated(accepted)).toEqual([]);
    // An answer that says "too late" proves the opposite: the order would have been sent once more.
    if (arrived !== undefined && !(arrived && requests.some(isTooLate))) expect(accepted.includes(about)).toBe(arrived);
  });

  it('has sent batches', () => {
    expect(stack.venue.log().filter(({ type, path }) => type === 'request' && path === '/fapi/v1/batchOrders').length).toBeGreaterThan(0);
  });
});
