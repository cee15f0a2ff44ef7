/** The processes that cards are played on, wired for one venue and one way of sending orders. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stack, type StackChanges } from '../_stack/stack.ts';
import { SECOND_PORT, type Transport, type VenueName } from './live-bench.ts';

/** Cards ask from the engine's own address, beside it. */
const WEIGHT_PER_MINUTE = '12000';
/** As few as one card can use up in a moment. */
const ORDERS_PER_10_SECONDS = '100';
/** The longest a request may be on its way counts for every proof that nothing came of it. */
const RECEIVE_WINDOW_MS = '2000';

export interface TestnetKeys {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Nothing runs yet. */
export async function createStack(venue: VenueName, transport: Transport, keys?: TestnetKeys): Promise<Stack> {
  const stack = await Stack.create(venue === 'simulator' ? SIMULATOR : testnet(keys));
  stack.change('trading-engine', {
    ORDER_MANAGEMENT: { ORDER_TRANSPORT: transport, ORDER_BATCH: 'auto' },
    ZMQ: { TRADER_SUB_ENDPOINT: `${stack.endpoint(7003)},${stack.endpoint(SECOND_PORT)}` },
  });
  return stack;
}

const SIMULATOR: StackChanges = {
  'exchange-simulator': { LIMITS: { WEIGHT_PER_MINUTE, ORDERS_PER_10_SECONDS } },
  'trading-engine': { HTTP_API: { SIGNATURE_TIMESTAMP_TOLERANCE_MS: RECEIVE_WINDOW_MS } },
};

/** The hosts of the shipped testnet files, with keys that stand in no file but that of this run. */
function testnet(keys: TestnetKeys | undefined): StackChanges {
  const taken = (file: string, names: readonly string[]): Record<string, string> => {
    const lines = readFileSync(join(ROOT, 'config/testnet', file), 'utf8').split('\n');
    return Object.fromEntries(names.map((name) => [name, lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? '']));
  };
  const engine = 'trading_engine_binance.ini';
  const market = 'market_server_binance.ini';
  return {
    'trading-engine': {
      GLOBAL: { API_KEY: keys?.apiKey ?? '', API_SECRET: keys?.apiSecret ?? '' },
      HTTP_API: taken(engine, ['HTTP_BASE_URL']),
      WEBSOCKET: taken(engine, ['WS_PRIVATE_URL', 'WS_API_URL']),
    },
    'market-server': {
      HTTP_API: taken(market, ['HTTP_BASE_URL']),
      WEBSOCKET: taken(market, ['WS_PUBLIC_URL', 'WS_MARKET_URL']),
      MARKET: { SYMBOLS: 'BTCUSDT' },
    },
  };
}
