import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { type ProcessName, Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';

jest.setTimeout(180_000);

const STOP_MS = 5_000;
/** With an exchange that does not answer it takes its 3 s, and says what is left before the 9 s of the process are over. */
const SPENT_STOP_MS = 15_000;
const SOL = 'SOLUSDT-PERP.BINANCE';

let stack: Stack;

/** SIGTERM, and what must hold of every end: soon, well, and with last words. */
async function stops(name: ProcessName): Promise<string> {
  const child = stack.child(name);
  const before = child.stderr.length;
  const end = await stack.stop(name);
  const said = child.stderr.slice(before).join('\n');
  expect({ name, code: end.code, signal: end.signal, said }).toMatchObject({ code: 0, signal: null });
  expect(end.tookMs).toBeLessThan(STOP_MS);
  expect(said).toMatch(/ stopped$/m);
  expect(stack.log(name).at(-1)).toMatchObject({ event: 'process-stopped', clean: true, left: [] });
  return said;
}

describe('SIGTERM in the running demo', () => {
  beforeAll(async () => {
    stack = await Stack.start();
    await until('open orders and trades', async () => {
      const { openOrders, trades } = await stack.venue.account();
      return openOrders.length > 0 && trades > 0;
    });
  });

  afterAll(() => stack?.dispose());

  it('ends the trader, whose orders are gone then', async () => {
    await stops('trader');
    await until('no open order', async () => (await stack.venue.account()).openOrders.length === 0, { withinMs: 1_000 });
  });

  it('ends position-server and market-server', async () => {
    await stops('position-server');
    await stops('market-server');
  });

  it('ends the engine, then the exchange, whose log is complete', async () => {
    await stops('trading-engine');
    await stops('exchange-simulator');
    expect(stack.venue.log().at(-1)?.type).toBe('end');
  });
});

describe('SIGTERM to the engine', () => {
  beforeAll(async () => {
    stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server']);
    await stack.venue.control('POST', 'book', { symbol: 'SOLUSDT', bids: [['179.9000', '50']], asks: [['180.1000', '50']] });
  });

  afterAll(() => stack?.dispose());

  async function withOpenOrders(count: number): Promise<{ readonly trader: ScriptedTrader; readonly ids: readonly string[] }> {
    const trader = await ScriptedTrader.start(stack, new Questions(stack));
    const ids: string[] = [];
    for (let at = 0; at < count; at += 1) ids.push(await trader.open({ instrument: SOL, side: 'buy', qty: '1', price: String(170 - at) }));
    return { trader, ids };
  }

  it('leaves no open order of its own at the exchange, though its trader is gone', async () => {
    const { trader } = await withOpenOrders(10);
    await trader.close();
    expect((await stack.venue.account()).openOrders).toHaveLength(10);

    await stops('trading-engine');

    expect((await stack.venue.account()).openOrders).toEqual([]);
    await stack.launchReady('trading-engine');
  });

  it('cancels what is in flight as well: nothing opens after it has ended', async () => {
    const { trader } = await withOpenOrders(1);
    await stack.venue.fault({ kind: 'delay-before', path: '/fapi/v1/order', method: 'POST', probability: 1, delayMs: 800 });
    // Once more where this process stood still until the order had arrived.
    let id: string;
    do {
      id = trader.place({ instrument: SOL, side: 'buy', qty: '1', price: '150' });
      await until('it is on its way', () => trader.changes.some(({ order, change }) => order.clientOrderId === id && change === 'sending'));
    } while (stack.venue.acceptedIds().includes(id));

    await stops('trading-engine');

    await stack.venue.healFaults();
    expect((await stack.venue.account()).openOrders).toEqual([]);
    await trader.close();
    await stack.launchReady('trading-engine');
  });

  it('says what it left when the exchange does not answer, in time and with exit code 1', async () => {
    const { trader, ids } = await withOpenOrders(2);
    await stack.venue.fault({ kind: 'not-executed-reply-lost', path: '/fapi/v1/order', method: 'DELETE', probability: 1 });

    const child = stack.child('trading-engine');
    const end = await stack.stop('trading-engine', SPENT_STOP_MS);

    expect(end).toMatchObject({ code: 1, signal: null });
    for (const id of ids) expect(child.stderr.join('\n')).toContain(` left: order ${id} `);
    await stack.venue.healFaults();
    await trader.close();
  });

  it('knows after the next start what it had left, and takes it along this time', async () => {
    await stack.launchReady('trading-engine');
    await until('the orders are cancelled or known', async () => {
      const { orders } = await new Questions(stack).engineAccount();
      return orders.length === (await stack.venue.account()).openOrders.length;
    });

    await stops('trading-engine');
    expect((await stack.venue.account()).openOrders).toEqual([]);
  });
});
