/** From the keys of the INI file to what the position-server is told. */
import { parseAccountId } from '@fillwright/domain';
import { AppError, type PositionServerConfig } from '@fillwright/runtime';
import type { PositionServerOptions } from './options.ts';

/** @throws AppError `CFG_FAULTS`: a ledger is made from one journal, so it has one engine. */
export function optionsFromConfig({ GLOBAL, ZMQ }: PositionServerConfig): PositionServerOptions {
  const [tradeEvents, ...more] = ZMQ.TRADE_EVENTS_SUB_ENDPOINT;
  if (tradeEvents === undefined || more.length > 0) {
    throw new AppError('CFG_FAULTS', '[ZMQ] TRADE_EVENTS_SUB_ENDPOINT: expected one endpoint, that of the engine of this account');
  }
  return {
    processName: GLOBAL.PROCESS_NAME,
    exchange: GLOBAL.EXCHANGE_NAME,
    account: parseAccountId(GLOBAL.ACCOUNT_ID),
    endpoints: {
      positions: ZMQ.POSITION_PUB_ENDPOINT,
      enginePositions: ZMQ.ENGINE_POSITION_PUB_ENDPOINT,
      service: ZMQ.SERVICE_ENDPOINT,
      tradeEvents,
      engineService: ZMQ.ENGINE_SERVICE_ENDPOINT,
      market: ZMQ.MARKET_SUB_ENDPOINT,
      marketService: ZMQ.MARKET_SERVICE_ENDPOINT,
    },
  };
}
