import { join } from 'node:path';
import { engineSpec, readConfigFile } from '@fillwright/runtime';
import { expect, it } from '@jest/globals';
import { optionsFromConfig } from '../src/options-from-config.ts';

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
