/** The client, unmodified, against the simulator over real sockets: its column of the matrix. */
import { tiagosieblerClient } from './clients/tiagosiebler-client.ts';
import { describeClient } from './describe-client.ts';

describeClient(tiagosieblerClient);
