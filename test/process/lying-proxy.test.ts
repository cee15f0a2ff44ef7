import { SeededRandom } from '@fillwright/simulation';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { LIES, LyingProxy } from '../_stack/lying-proxy.ts';
import { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, Stack } from '../_stack/stack.ts';
import { type Direction, SwallowingProxy } from '../_stack/swallowing-proxy.ts';
import { repeated } from '../_stack/venue.ts';
import { until } from '../_stack/wait.ts';
import { settleAndJudge } from '../chaos/settle.ts';
import { WORKLOAD_PORT } from '../chaos/wiring.ts';
import { Workload } from '../chaos/workload.ts';

/** Of an order; short, so that many wait in vain. */
const PATIENCE_MS = 1_000;
const LATE_MS = 2_500;
/** Told or swallowed so often, each, before the truth comes back. */
const ENOUGH = 3;
const ENOUGH_MS = 60_000;
const SEED = '20261121';
jest.setTimeout(240_000);

let stack: Stack;
afterEach(() => stack?.dispose());

/** Counts what it swallowed, by what it was: every n-th of each kind. */
class Swallowed {
  readonly counts: Record<string, number> = {};
  readonly #seen: Record<string, number> = {};

  everyNth(kind: string, nth: number): boolean {
    const seen = (this.#seen[kind] ?? 0) + 1;
    this.#seen[kind] = seen;
    this.counts[kind] ??= 0;
    if (seen % nth !== 0) return false;
    this.counts[kind] += 1;
    return true;
  }
}

/** Single frames now and then, and all that would betray that an order was executed after all. */
const eventsOfTheAccount =
  (swallowed: Swallowed, isLiedAbout: (clientId: string) => boolean) =>
  (text: string, direction: Direction): boolean => {
    const event = /"e":"(ORDER_TRADE_UPDATE|ACCOUNT_UPDATE)"/.exec(text)?.[1];
    if (direction === 'to-venue' || event === undefined) return false;
    const clientId = /"c":"([^"]+)"/.exec(text)?.[1] ?? '';
    if (isLiedAbout(clientId) && swallowed.everyNth('betrayal', 1)) return true;
    return swallowed.everyNth(event, 6);
  };

/** Of the WebSocket API: requests that never arrive, and answers to requests that did. */
function ordersAndTheirAnswers(swallowed: Swallowed): (text: string, direction: Direction) => boolean {
  const placed = new Set<string>();
  return (text, direction) => {
    const id = /"id":"([^"]+)"/.exec(text)?.[1] ?? '';
    if (direction === 'to-venue') {
      if (!text.includes('"method":"order.place"')) return false;
      if (swallowed.everyNth('request', 11)) return true;
      placed.add(id);
      return false;
    }
    return placed.delete(id) && swallowed.everyNth('answer', 5);
  };
}

interface Rig {
  readonly questions: Questions;
  readonly workload: Workload;
  readonly lying: LyingProxy;
  readonly lost: Swallowed;
  heal(): void;
}

/** A desk that trades with an exchange behind proxies. */
async function rig(transport: 'rest' | 'ws'): Promise<Rig> {
  stack = await Stack.create();
  const venuePort = stack.port(5080);
  const random = new SeededRandom(SEED, 'lies');
  const lost = new Swallowed();
  const lying = await LyingProxy.open({ port: stack.freePort(), targetPort: venuePort, random, everyNth: 5, lateMs: LATE_MS });
  const events = await SwallowingProxy.open(
    stack.freePort(),
    venuePort,
    eventsOfTheAccount(lost, (id) => lying.liedAbout.has(id)),
  );
  const api = await SwallowingProxy.open(stack.freePort(), venuePort, ordersAndTheirAnswers(lost));
  stack.onDispose(() => Promise.all([lying.close(), events.close(), api.close()]));
  stack.change('trading-engine', {
    ORDER_MANAGEMENT: { ORDER_TRANSPORT: transport, ORDER_TIMEOUT_MS: String(PATIENCE_MS) },
    HTTP_API: { HTTP_BASE_URL: `http://127.0.0.1:${lying.port}` },
    WEBSOCKET: { WS_PRIVATE_URL: `ws://127.0.0.1:${events.port}/private`, WS_API_URL: `ws://127.0.0.1:${api.port}/ws-fapi/v1` },
    ZMQ: { TRADER_SUB_ENDPOINT: `${stack.endpoint(7003)},${stack.endpoint(WORKLOAD_PORT)}` },
  });
  await stack.launchReady(...PROCESS_NAMES);
  const questions = new Questions(stack);
  const workload = await Workload.start(stack, questions, new SeededRandom(SEED, 'workload'));
  stack.onDispose(() => workload.close());
  workload.run();
  const heal = () => [lying, events, api].map((proxy) => proxy.heal());
  return { questions, workload, lying, lost, heal };
}

async function enough(counts: () => Readonly<Record<string, number>>, kinds: readonly string[]): Promise<void> {
  await until(`each of ${kinds.join(', ')} ${ENOUGH} times`, () => kinds.every((kind) => (counts()[kind] ?? 0) >= ENOUGH), {
    withinMs: ENOUGH_MS,
    describe: () => `${JSON.stringify(counts())}\n${stack.logTail('trading-engine')}`,
  });
}

async function expectTruth({ questions, workload, lying, lost, heal }: Rig): Promise<void> {
  heal();
  const { violations, orders, fills } = await settleAndJudge(stack, questions, workload);
  const unknown = stack.log('trading-engine').filter(({ event }) => event === 'order-outcome-unknown').length;
  process.stderr.write(`${JSON.stringify({ lies: lying.told, swallowed: lost.counts, orders, fills, unknown })}\n`);

  expect(violations).toEqual([]);
  expect(repeated(stack.venue.acceptedIds())).toEqual([]);
  // An invented fill would make positions agree as well; nothing here may need one.
  expect(stack.log('trading-engine').filter(({ event }) => event === 'position-repaired')).toEqual([]);
}

describe('after lies of the network no order is doubled, lost or unknown, and positions are equal to the last unit', () => {
  it('answers over REST that are dropped, cut, halved, late or 503, and private events that never come', async () => {
    const desk = await rig('rest');
    await enough(() => desk.lying.told, LIES);
    await enough(() => desk.lost.counts, ['betrayal', 'ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']);

    await expectTruth(desk);
  });

  it('requests and answers of the WebSocket API that never arrive, and private events that never come', async () => {
    const desk = await rig('ws');
    await enough(() => desk.lost.counts, ['request', 'answer', 'ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']);

    await expectTruth(desk);
  });
});
