/** The client, unmodified, against the simulator over real sockets: its column of the matrix. */
import { binanceApiNodeClient } from './clients/binance-api-node-client.ts';
import { describeClient } from './describe-client.ts';

describeClient(binanceApiNodeClient);
