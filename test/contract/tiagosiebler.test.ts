/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeConditional } from './clients/conditional.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';
import { tiagosieblerClient } from './clients/tiagosiebler-client.ts';

describe(tiagosieblerClient.name, () => {
  describeOrderLife(tiagosieblerClient);
  describeRefusals(tiagosieblerClient);
  describeConditional(tiagosieblerClient);
  describeStreams(tiagosieblerClient);
});
