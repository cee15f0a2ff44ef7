/** The client, unmodified, against the simulator over real sockets: its column of the matrix. */
import { nodeBinanceClient } from './clients/node-binance-client.ts';
import { describeClient } from './describe-client.ts';

describeClient(nodeBinanceClient);
