/** The client, unmodified, against the simulator over real sockets: its column of the matrix. */
import { officialClient } from './clients/official-client.ts';
import { describeClient } from './describe-client.ts';

describeClient(officialClient);
