import { FAILPOINTS, type Failpoint } from '@fillwright/runtime/ports';
import { SeededRandom } from '@fillwright/simulation';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, type ProcessName, Stack } from '../_stack/stack.ts';
import { isTooLate, type VenueLine } from '../_stack/venue.ts';
import { settleAndJudge } from '../chaos/settle.ts';
import { WORKLOAD_PORT } from '../chaos/wiring.ts';
import { Workload } from '../chaos/workload.ts';

/** A start, and the passages after it. */
const REACHED_MS = 30_000;
const SEED = '5';
/** What comes with every order, struck at its second passage; the rest at the first. */
const OFTEN = /^trader\.|command-received|intent|answer-published|turn-come|sending|bytes-written|event-received/;
/** Passed only where the exchange does not say what became of an order. */
const NEEDS_DOUBT: readonly Failpoint[] = ['engine.unknown-journaled', 'engine.question-asked', 'engine.question-answered'];
/** What the exchange has seen of an order at which the engine died: nothing before the bytes, one request when they were answered. */
const NEVER_SENT: readonly Failpoint[] = [
  'engine.command-received',
  'engine.intent-wanted',
  'engine.intent-journaled',
  'engine.turn-come',
  'engine.sending-journaled',
];
const SENT_ONCE: readonly Failpoint[] = ['engine.answer-read', 'engine.outcome-wanted', 'engine.outcome-journaled'];
jest.setTimeout(240_000);

let stack: Stack;
let questions: Questions;
let workload: Workload;
/** Failpoint → the order at which it struck; empty where it was about none. */
const struck = new Map<Failpoint, string>();

beforeAll(async () => {
  stack = await Stack.create({
    // An engine that starts every second asks more than the exchange would stand.
    // And answers come before events, so that both have something to tell.
    'exchange-simulator': { LIMITS: { WEIGHT_PER_MINUTE: '100000' }, DELAYS: { USER_MS: '40' } },
    // What never arrived is believed lost when the exchange's own limit and this window have passed.
    'trading-engine': { ORDER_MANAGEMENT: { ORDER_TIMEOUT_MS: '1000' }, HTTP_API: { SIGNATURE_TIMESTAMP_TOLERANCE_MS: '1000' } },
  });
  stack.change('trading-engine', { ZMQ: { TRADER_SUB_ENDPOINT: `${stack.endpoint(7003)},${stack.endpoint(WORKLOAD_PORT)}` } });
  await stack.launchReady(...PROCESS_NAMES);
  questions = new Questions(stack);
  workload = await Workload.start(stack, questions, new SeededRandom(SEED, 'workload'));
  stack.onDispose(() => workload.close());
  workload.run();
});

afterAll(() => stack?.dispose());

/** Runs the process until it kills itself there, and starts it again. */
async function strike(name: ProcessName, failpoint: Failpoint): Promise<void> {
  if (stack.child(name).alive) await stack.kill(name);
  const passage = OFTEN.test(failpoint) ? 2 : 1;
  const child = stack.launch(name, [], { FILLWRIGHT_FAILPOINT: `${failpoint}:${passage}` });
  const { signal } = await child.end(undefined, REACHED_MS).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${stack.logTail(name)}`);
  });
  expect(signal).toBe('SIGKILL');
  const [, about = ''] = /^failpoint \S+ (.*)$/.exec(child.stderr.at(-1) ?? '') ?? [];
  struck.set(failpoint, about);
}

async function doubt(): Promise<void> {
  for (const kind of ['unknown-executed', 'unknown-not-executed'])
    await stack.venue.fault({ kind, path: '/fapi/v1/order', method: 'POST', probability: 0.3 });
}

describe('killed at each failpoint in turn, under trade', () => {
  it.each(FAILPOINTS.filter((name) => name.startsWith('trader.')))('%s', async (failpoint) => {
    await strike('trader', failpoint);
  });

  it('(the trader goes on)', () => {
    stack.launch('trader');
  });

  it.each(FAILPOINTS.filter((name) => name.startsWith('engine.')))('%s', async (failpoint) => {
    if (NEEDS_DOUBT.includes(failpoint)) await doubt();
    await strike('trading-engine', failpoint);
    await stack.venue.healFaults();
  });

  it('the desk has lost no order, doubled none, and its books agree with the exchange', async () => {
    stack.launch('trading-engine');

    const { violations, orders, fills } = await settleAndJudge(stack, questions, workload);

    process.stderr.write(`${JSON.stringify({ failpoints: struck.size, orders, fills })}\n`);
    expect([...struck.keys()]).toEqual(FAILPOINTS);
    expect(violations).toEqual([]);
    expect(stack.log('trading-engine').filter(({ event }) => event === 'position-repaired')).toEqual([]);
    const sent = (names: readonly Failpoint[], counts: (line: VenueLine, at: number, all: readonly VenueLine[]) => boolean) =>
      names.map((name) => [name, stack.venue.placements(struck.get(name) ?? '').filter(counts).length]);
    const isTaken = (line: VenueLine): boolean => !isTooLate(line);
    expect(sent(NEVER_SENT, isTaken)).toEqual(NEVER_SENT.map((name) => [name, 0]));
    // Its connection may still have been opening.
    expect(sent(['engine.bytes-written'], isTaken)[0]?.[1]).toBeLessThanOrEqual(1);
    // The answer at which the engine died may have been such a refusal.
    expect(sent(SENT_ONCE, (line, at, all) => isTaken(line) || at === all.length - 1)).toEqual(SENT_ONCE.map((name) => [name, 1]));
  });
});
