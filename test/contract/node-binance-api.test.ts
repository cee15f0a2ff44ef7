/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeAccess } from './clients/access.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeModes } from './clients/modes.ts';
import { nodeBinanceClient } from './clients/node-binance-client.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';

describe(nodeBinanceClient.name, () => {
  describeOrderLife(nodeBinanceClient);
  describeRefusals(nodeBinanceClient);
  describeConditional(nodeBinanceClient);
  describeStreams(nodeBinanceClient);
  describeAccess(nodeBinanceClient);
  describeModes(nodeBinanceClient);
});
