/** The key of the account is changed while the engine runs: the exchange takes the new one alone, and the engine finds it in its files. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { ScriptedTrader } from '../_stack/scripted-trader.ts';
import { Stack } from '../_stack/stack.ts';
import { isPlacement, repeated, type VenueLine } from '../_stack/venue.ts';
import { until } from '../_stack/wait.ts';

jest.setTimeout(180_000);

const BACK_MS = 60_000;
/** “Invalid API-key, IP, or permissions for action.” */
const KEY_REFUSED = -2015;
const OLD = { API_KEY: 'o'.repeat(64), API_SECRET: 'old-secret' };
const NEW = { API_KEY: 'n'.repeat(64), API_SECRET: 'new-secret' };
/** What stands in the INI file counts for nothing beside the files that the environment names. */
const UNUSED = { API_KEY: 'u'.repeat(64), API_SECRET: 'unused-secret' };
/** Far from the market: it rests. */
const RESTING = { instrument: 'SOLUSDT-PERP.BINANCE', side: 'buy', qty: '1', price: '150.00' } as const;

type Keys = typeof OLD;

let stack: Stack;
let trader: ScriptedTrader;
let questions: Questions;

afterEach(() => stack?.dispose());

function keyFile(name: keyof Keys): string {
  return join(stack.folder, name);
}

/** As secrets are changed under a running process: whole, or not at all. */
function writeKeys(keys: Keys): void {
  for (const name of ['API_SECRET', 'API_KEY'] as const) {
    writeFileSync(`${keyFile(name)}.new`, `${keys[name]}\n`, { mode: 0o600 });
    renameSync(`${keyFile(name)}.new`, keyFile(name));
  }
}

/** A desk with its keys in files, and an order that was filled before. */
async function start(transport: string, everyMs: number): Promise<void> {
  stack = await Stack.create({
    'exchange-simulator': { VENUE: { STATE_FILE: 'venue.state' }, 'ACCOUNT.demo': OLD },
    'trading-engine': {
      GLOBAL: UNUSED,
      ORDER_MANAGEMENT: { ORDER_TRANSPORT: transport },
      HTTP_API: { REFRESH_CREDENTIALS_INTERVAL_MS: String(everyMs) },
    },
  });
  writeKeys(OLD);
  for (const name of ['exchange-simulator', 'market-server', 'position-server'] as const) stack.launch(name);
  stack.launch('trading-engine', [], {
    BINANCE_API_KEY_FILE: keyFile('API_KEY'),
    BINANCE_API_SECRET_FILE: keyFile('API_SECRET'),
  });
  await stack.allReady();
  questions = new Questions(stack);
  trader = await ScriptedTrader.start(stack, questions);
  stack.onDispose(() => trader.close());
  await until('an order that is filled', async () => {
    const id = trader.place({ instrument: 'ETHUSDT-PERP.BINANCE', side: 'buy', qty: '0.05' });
    return (await trader.phase(id, 'filled', 'denied', 'expired')).phase === 'filled';
  });
}

/** The exchange goes on where it was; the old key of the account is worth nothing any more. */
async function changeAtExchange(): Promise<void> {
  await stack.stop('exchange-simulator');
  stack.change('exchange-simulator', { 'ACCOUNT.demo': NEW });
  stack.launch('exchange-simulator');
  await stack.ready('exchange-simulator');
}

const refusedRequests = (): readonly VenueLine[] => stack.venue.log().filter(({ code }) => code === KEY_REFUSED);

describe.each([
  { transport: 'rest', first: 'at the exchange', everyMs: 0 },
  { transport: 'ws', first: 'at the exchange', everyMs: 0 },
  { transport: 'rest', first: 'in the files', everyMs: 1_000 },
] as const)('a key that is changed $first first, with orders over $transport', ({ transport, first, everyMs }) => {
  it('is read from its files by the running engine, and no order is lost over it', async () => {
    await start(transport, everyMs);
    const kept = await trader.open(RESTING);
    const engine = stack.child('trading-engine');
    const before = stack.venue.acceptedIds();

    if (first === 'in the files') writeKeys(NEW);
    else await changeAtExchange();
    await until('the key in use is refused', () => refusedRequests().length > 0, { withinMs: BACK_MS });
    const between = trader.place(RESTING);
    await trader.answerTo(between);
    if (first === 'in the files') await changeAtExchange();
    else writeKeys(NEW);

    await until('the engine has the new key', () => stack.log('trading-engine').some(({ event }) => event === 'credentials-changed'), {
      withinMs: BACK_MS,
    });
    await stack.ready('trading-engine', BACK_MS);
    const refusals = refusedRequests().length;
    const after = await trader.open(RESTING);
    trader.cancel(kept);
    await trader.phase(kept, 'canceled');
    const betweenEnd = await trader.phase(between, 'denied', 'rejected', 'new');

    await stack.venue.control('POST', 'flow', { state: 'off' });
    await untilAgreed(stack, questions, BACK_MS);
    expect(engine.alive).toBe(true);
    expect(refusedRequests()).toHaveLength(refusals);
    const placed = stack.venue.log().filter((line) => isPlacement(line) && line.clientId === after);
    expect(placed).toEqual([expect.objectContaining({ account: 'demo', status: 200 })]);
    if (transport === 'ws') expect(placed[0]?.query).toContain(`apiKey=${NEW.API_KEY}&`);
    expect(repeated([...before, ...stack.venue.acceptedIds()])).toEqual([]);
    const { openOrders } = await stack.venue.account();
    const open = [after, ...(betweenEnd.phase === 'new' ? [between] : [])];
    expect(openOrders.map(({ clientOrderId }) => clientOrderId).sort()).toEqual(open.sort());
  });
});
