/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeConditional } from './clients/conditional.ts';
import { officialClient } from './clients/official-client.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';

describe(officialClient.name, () => {
  describeOrderLife(officialClient);
  describeRefusals(officialClient);
  describeConditional(officialClient);
  describeStreams(officialClient);
});
