/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeAccess } from './clients/access.ts';
import { binanceApiNodeClient } from './clients/binance-api-node-client.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeModes } from './clients/modes.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';

describe(binanceApiNodeClient.name, () => {
  describeOrderLife(binanceApiNodeClient);
  describeRefusals(binanceApiNodeClient);
  describeConditional(binanceApiNodeClient);
  describeStreams(binanceApiNodeClient);
  describeAccess(binanceApiNodeClient);
  describeModes(binanceApiNodeClient);
});
