import { join } from 'node:path';
import { engineSpec, readConfigFile } from '@fillwright/runtime';
import { expect, it } from '@jest/globals';
import { optionsFromConfig, PROCESS_STOP_BUDGET_MS } from '../src/options-from-config.ts';

const SHIPPED = join(import.meta.dirname, '../../../config/trading_engine_binance.ini');

it.each([
  ['rest', 8, 5, 8],
  ['auto', 8, 5, 8],
  ['ws', 8, 5, 5],
  ['ws', 3, 5, 3],
] as const)('orders over %s: %d at once, where the WebSocket API takes %d, are %d', (transport, threads, overWebSocket, inFlight) => {
  const { value } = readConfigFile(engineSpec, SHIPPED, () => undefined);
  const config = {
    ...value,
    ORDER_MANAGEMENT: { ...value.ORDER_MANAGEMENT, ORDER_TRANSPORT: transport, ORDER_PROCESSING_THREADS: threads },
    WEBSOCKET: { ...value.WEBSOCKET, WS_PROCESSING_THREADS: overWebSocket },
  };

  expect(optionsFromConfig(config).orders.inFlight).toBe(inFlight);
});

it('a process has time for the longest stop: the cancels, those of a journal that breaks at the end of it, and the switch', () => {
  const { value } = readConfigFile(engineSpec, SHIPPED, () => undefined);

  expect(PROCESS_STOP_BUDGET_MS).toBeGreaterThanOrEqual(2 * optionsFromConfig(value).stopBudgetMs + 2_000);
});
