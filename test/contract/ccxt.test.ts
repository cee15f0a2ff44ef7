/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { ccxtClient } from './clients/ccxt-client.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';

describe(ccxtClient.name, () => {
  describeOrderLife(ccxtClient);
  describeRefusals(ccxtClient);
  describeConditional(ccxtClient);
  describeStreams(ccxtClient);
});
