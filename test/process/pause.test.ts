import type { Message } from '@fillwright/messages';
import { createMetrics, type Log, MessageTap } from '@fillwright/runtime';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { type LogLine, PROCESS_NAMES, Stack } from '../_stack/stack.ts';
import { isPlacement, repeated } from '../_stack/venue.ts';
import { nowMs, until } from '../_stack/wait.ts';

const PAUSE_MS = 10_000;
/** By then a trader whose own loop runs has noticed, and opens nothing. */
const NOTICED_MS = 3_000;
/** How often the trader looks at its own health, and says so when it changed. */
const LOOK_MS = 100;
/** From the last look before the bytes to the exchange's log, on a busy machine. What is late after a pause is late by seconds. */
const ON_THE_WAY_US = 500_000;
const BACK_MS = 45_000;
/** More than the engine may send in a second: some of them wait for their turn when it stops. */
const BURST = 60;
const SCRIPTED_PORT = 7013;
/** “Timestamp for this request is outside of the recvWindow.” */
const TOO_LATE = -1021;
/** Far from the market: it rests. */
const RESTING = { instrument: 'ETHUSDT-PERP.BINANCE', side: 'buy', qty: '0.05', price: '2900.00' } as const;
jest.setTimeout(120_000);

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

let stack: Stack;
let questions: Questions;
let scripted: ScriptedTrader;
/** Orders that the real trader asked for: when first, and until when it wants them sent. */
const asked = new Map<string, { readonly ts: number; readonly deadlineTs: number }>();

afterEach(() => stack?.dispose());

/** A desk that trades. */
async function start(transport: 'rest' | 'ws'): Promise<void> {
  asked.clear();
  stack = await Stack.create({ trader: { MONITORING: { HEALTH_CHECK_INTERVAL_MS: String(LOOK_MS) } } });
  stack.change('trading-engine', {
    ORDER_MANAGEMENT: { ORDER_TRANSPORT: transport },
    ZMQ: { TRADER_SUB_ENDPOINT: `${stack.endpoint(7003)},${stack.endpoint(SCRIPTED_PORT)}` },
  });
  await stack.launchReady(...PROCESS_NAMES);
  questions = new Questions(stack);
  const ports = { bus: questions.bus, log, metrics: createMetrics() };
  const options = { name: 'test', endpoints: [stack.endpoint(7003)], prefixes: ['command.'] };
  const tap = new MessageTap(ports, { ...options, onMessage: (message) => hear(message) });
  scripted = await ScriptedTrader.start(stack, questions, SCRIPTED_PORT);
  stack.onDispose(async () => {
    await tap.close();
    await scripted.close();
  });
  await until('the trader trades', () => asked.size >= 10, { withinMs: BACK_MS });
}

function hear(message: Message): void {
  if (message.type !== 'command.place' || asked.has(message.data.clientOrderId)) return;
  asked.set(message.data.clientOrderId, { ts: message.ts, deadlineTs: message.data.deadlineTs });
}

/** Requests for orders that reached the exchange since then, each with how late it came; those of nobody we know are late for ever. */
function arrivedSince(
  sinceUs: number,
  deadlineOf: (clientId: string) => number | undefined,
): readonly {
  readonly clientId: string;
  readonly method: string | undefined;
  readonly lateUs: number;
  readonly code: number | undefined;
}[] {
  return stack.venue
    .log()
    .filter((line) => isPlacement(line) && line.t > sinceUs)
    .map(({ clientId = '', method, t, code }) => ({ clientId, method, lateUs: t - (deadlineOf(clientId) ?? 0), code }));
}

/** Places orders and says until when each may be sent. */
function place(count: number, deadlineMs: number): ReadonlyMap<string, number> {
  const deadlines = new Map<string, number>();
  for (let made = 0; made < count; made += 1)
    deadlines.set(scripted.place({ ...RESTING, deadlineMs }), questions.clock.wallUs() + deadlineMs * 1000);
  return deadlines;
}

/** When the trader first said, after this, that it opens nothing because of the engine. */
function lossOfEngine(afterMs: number): LogLine | undefined {
  const changes = stack.log('trader').filter(({ event, ts }) => event === 'health-changed' && Date.parse(ts) > afterMs);
  return changes.find(({ ready, reasons }) => ready === false && /engine|orders/.test(String(reasons)));
}

async function agree(): Promise<void> {
  await questions.control('trader', 'pause');
  await stack.venue.control('POST', 'flow', { state: 'off' });
  await untilAgreed(stack, questions, BACK_MS);
}

describe.each(['rest', 'ws'] as const)('an engine that the system stops for 10 s, with orders over %s,', (transport) => {
  it('is missed by its trader within 3 s, has nothing late carried out afterwards, and everybody goes on', async () => {
    await start(transport);
    const engine = stack.child('trading-engine');
    const waiting = place(BURST, 5_000);
    await until('some of the burst were sent', () => [...waiting.keys()].filter((id) => scripted.order(id) !== undefined).length > 5);
    engine.signal('SIGSTOP');
    const stoppedUs = questions.clock.wallUs();
    const stoppedMs = nowMs();
    const unheard = place(5, 5_000);
    const patient = place(1, 60_000);
    await until('the pause is over', () => nowMs() - stoppedMs >= PAUSE_MS, { withinMs: PAUSE_MS * 2, everyMs: 100 });

    // A busy machine keeps the trader waiting as well: for so long at most, by its own count of the last ten seconds or more.
    const heldUpMs = (await stack.metric('trader', 'fillwright_process_loop_lag_us')) / 1000;
    const noticedMs = Date.parse(lossOfEngine(stoppedUs / 1000)?.ts ?? '') - stoppedUs / 1000;
    expect(noticedMs).toBeLessThanOrEqual(NOTICED_MS + LOOK_MS + heldUpMs);
    expect([...asked.values()].filter(({ ts }) => ts > stoppedUs + (NOTICED_MS + heldUpMs) * 1000)).toEqual([]);
    const before = asked.size;

    engine.signal('SIGCONT');
    await stack.allReady(BACK_MS);
    await until('the trader trades again', () => asked.size >= before + 10, { withinMs: BACK_MS });
    const verdicts = await Promise.all([...unheard.keys()].map((id) => scripted.answerTo(id, BACK_MS)));
    expect(verdicts.map(({ verdict, reason }) => [verdict, reason?.code])).toEqual(verdicts.map(() => ['denied', 'DEADLINE']));
    const [patientAnswer] = await Promise.all([...patient.keys()].map((id) => scripted.answerTo(id, BACK_MS)));
    // Taken on, or denied for what the engine has not caught up with; its deadline is not what forbids it.
    expect(patientAnswer?.reason?.code).not.toBe('DEADLINE');

    await agree();
    const deadlines = new Map([...waiting, ...unheard, ...patient]);
    const requests = arrivedSince(stoppedUs, (id) => deadlines.get(id) ?? asked.get(id)?.deadlineTs);
    expect([...new Set(requests.map(({ method }) => method))]).toEqual([transport === 'ws' ? 'WS' : 'POST']);
    // What was caught between the last look and the wire goes out when the engine goes on: its own receive window has it refused.
    const late = requests.filter(({ lateUs }) => lateUs > ON_THE_WAY_US);
    expect(late.filter(({ code }) => code !== TOO_LATE)).toEqual([]);
    const denied = [...waiting.keys()].filter((id) => scripted.order(id)?.phase === 'denied');
    const figures = {
      transport,
      patient: patientAnswer?.reason?.code ?? patientAnswer?.verdict,
      refusedAsLate: late.length,
      noticedMs: Math.round(noticedMs),
      heldUpMs: Math.round(heldUpMs),
      waitingThenDenied: denied.length,
      requests: requests.length,
    };
    process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(denied.length).toBeGreaterThan(0);
    expect(repeated(stack.venue.acceptedIds())).toEqual([]);
  });
});
