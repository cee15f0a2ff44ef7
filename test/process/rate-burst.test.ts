/** Five times what the venue allows, on real processes: nobody is told "too many", cancels go past what waits, and every order has an end. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { Stack } from '../_stack/stack.ts';
import type { Venue, VenueLine } from '../_stack/venue.ts';
import { until } from '../_stack/wait.ts';

jest.setTimeout(180_000);

const SOL = 'SOLUSDT-PERP.BINANCE';
const QUOTA = 40;
const BURST = 5 * QUOTA;
const CANCELS = 20;
/** Longer than the window of the quota: of those that wait, the next forty would go before a cancel that waited behind them. */
const DEADLINE_MS = 12_000;
/** What may be on its way at the same time, as in the shipped file. */
const ORDERS_IN_FLIGHT = 8;
/** Half of the cancels. The budget is 100 ms, which the simulated world holds us to (`packages/simulation/test/scenario/burst.test.ts`). */
const P50_MS = 2_000;
/** Of the slowest. */
const CANCELED_WITHIN_MS = 5_000;
/** INVALID_TIMESTAMP of https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code */
const OUT_OF_WINDOW = -1021;
const NO_CEILINGS = { API_REQUESTS_PER_SECOND: '1000', API_REQUESTS_PER_MINUTE: '60000', API_BURST_LIMIT: '1000' };

type TimedLine = VenueLine & { readonly t: number };

let stack: Stack | undefined;

afterEach(async () => {
  await stack?.dispose();
});

interface Delays {
  readonly count: number;
  /** New orders that the engine sent after the wish to cancel, and the exchange had before it cancelled: the most of any cancel. */
  readonly overtakenBy: number;
  readonly p50Ms: number;
  readonly worstMs: number;
}

/** Cancels these at once: what went before each and how long it took, from the engine's record of the wish until the exchange had done so by its own log. */
async function cancelAll(trader: ScriptedTrader, ids: readonly string[], venue: Venue): Promise<Delays> {
  for (const id of ids) trader.cancel(id);
  for (const id of ids) await trader.phase(id, 'canceled');
  const orders = (venue.log() as readonly TimedLine[]).filter(({ type }) => type === 'order');
  const delays = ids.map((id) => {
    const wish = trader.changes.findIndex(({ order }) => order.clientOrderId === id && order.request?.type === 'cancel');
    const done = orders.findIndex(({ event, clientId }) => event === 'CANCELED' && clientId === id);
    const [wished, canceled] = [trader.changes[wish], orders[done]];
    if (wished === undefined || canceled === undefined) throw new Error(`no record of the cancel of ${id}`);
    const sentLater = new Set<string>(
      trader.changes.slice(wish).flatMap(({ change, order }) => (change === 'sending' ? [order.clientOrderId] : [])),
    );
    const overtakers = orders.slice(0, done).filter(({ event, clientId = '' }) => event === 'NEW' && sentLater.has(clientId));
    return { ms: (canceled.t - wished.order.updatedTs) / 1000, overtakers: overtakers.length };
  });
  const sorted = delays.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const [p50Ms = Number.NaN, worstMs = Number.NaN] = [sorted[sorted.length >> 1], sorted.at(-1)];
  return { count: sorted.length, overtakenBy: Math.max(...delays.map(({ overtakers }) => overtakers)), p50Ms, worstMs };
}

describe.each(['rest', 'ws'])('a burst of five times the quota over %s', (transport) => {
  it('is held back by us, not by the venue, and lets cancels pass', async () => {
    stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server'], {
      'exchange-simulator': { LIMITS: { ORDERS_PER_10_SECONDS: String(QUOTA), ORDERS_PER_MINUTE: String(4 * QUOTA) } },
      'trading-engine': {
        ORDER_MANAGEMENT: { ORDER_TRANSPORT: transport, MAX_ORDERS_PER_SECOND: '1000', ORDER_QUEUE_SIZE: String(BURST) },
        HTTP_API: NO_CEILINGS,
        // The scripted trader says nothing while it waits.
        RISK_MANAGEMENT: { TRADER_SILENCE_MS: '0' },
      },
    });
    const { venue } = stack;
    const trader = await ScriptedTrader.start(stack, new Questions(stack));
    const first = await trader.open({ instrument: SOL, side: 'buy', qty: '1', price: '150' });
    const wanted = { instrument: SOL, side: 'buy', qty: '1', price: '150', deadlineMs: DEADLINE_MS } as const;
    const ids = Array.from({ length: BURST }, () => trader.place(wanted));

    const isOpen = (id: string) => trader.order(id)?.phase === 'new';
    await until('orders to cancel', () => ids.filter(isOpen).length >= CANCELS, { withinMs: 30_000 });
    expect(ids.filter((id) => trader.order(id)?.phase === 'intent').length).toBeGreaterThan(BURST / 4);
    const delays = await cancelAll(trader, ids.filter(isOpen).slice(0, CANCELS), venue);
    // What waits past its deadline is told so, and not when there is room one day.
    const hasEnd = (id: string) => isOpen(id) || trader.order(id)?.state === 'closed' || trader.answersTo(id)[0]?.verdict === 'denied';
    await until('an end of every order', () => ids.every(hasEnd), {
      withinMs: 60_000,
      describe: () => JSON.stringify(ids.filter((id) => !hasEnd(id)).map((id) => trader.order(id) ?? id)),
    });

    const lines = venue.log() as readonly TimedLine[];
    const refusals = lines.filter(({ type, status }) => type === 'request' && (status === 429 || status === 418));
    expect(refusals).toEqual([]);
    const accepted = venue.acceptedIds();
    expect(new Set(accepted).size).toBe(accepted.length);
    // Denied by us, or come to the venue past its receive window, held up by a busy machine.
    const late = new Set(lines.filter(({ type, code }) => type === 'request' && code === OUT_OF_WINDOW).map(({ clientId }) => clientId));
    const isRefused = (id: string): boolean =>
      trader.order(id)?.phase === 'denied' || trader.answersTo(id)[0]?.verdict === 'denied' || late.has(id);
    expect([...accepted].sort()).toEqual([first, ...ids.filter((id) => !isRefused(id))].sort());
    console.info(`cancels over ${transport}: ${JSON.stringify(delays)}`);
    expect(delays.overtakenBy).toBeLessThanOrEqual(ORDERS_IN_FLIGHT);
    expect(delays.p50Ms).toBeLessThan(P50_MS);
    expect(delays.worstMs).toBeLessThan(CANCELED_WITHIN_MS);
    const { rates } = await stack.health('trading-engine');
    expect(rates).toContainEqual(expect.objectContaining({ pool: 'orders-10s', quota: QUOTA }));
  });
});
