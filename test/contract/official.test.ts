/** The client, unmodified, against the simulator over real sockets. */
import { describe } from '@jest/globals';
import { describeAccess } from './clients/access.ts';
import type { Loose } from './clients/client-under-test.ts';
import { describeConditional } from './clients/conditional.ts';
import { describeModes } from './clients/modes.ts';
import { officialAt, officialClient } from './clients/official-client.ts';
import { describeOrderLife } from './clients/order-life.ts';
import { describeRefusals } from './clients/refusals.ts';
import { describeStreams } from './clients/streams.ts';
import { describeWebSocketApi } from './clients/web-socket-api.ts';

describe(officialClient.name, () => {
  describeOrderLife(officialClient);
  describeRefusals(officialClient);
  describeConditional(officialClient);
  describeStreams(officialClient);
  describeAccess(officialClient);
  describeModes(officialClient);
});

describeWebSocketApi(officialClient, async (venue) => {
  const connection = await officialAt(venue, venue.credentials('demo')).websocketAPI.connect();
  const answer = async (call: Promise<{ data: Loose }>) => (await call).data;
  return {
    place: (order) => answer(connection.newOrder({ ...order, newOrderRespType: 'RESULT' })),
    modify: (change) => answer(connection.modifyOrder(change)),
    cancel: (ref) => answer(connection.cancelOrder(ref)),
    status: (ref) => answer(connection.queryOrder(ref)),
    wallet: async () => (await answer(connection.futuresAccountBalance()))[0].balance,
    codeOf: (error) => (error as { code?: number }).code,
    close: async () => void connection.disconnect().catch(() => {}), // it waits a second; the venue's end is sooner
  };
});
