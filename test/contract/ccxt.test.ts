/** The client, unmodified, against the simulator over real sockets: its column of the matrix. */
import { describe, it } from '@jest/globals';
import { ccxtClient } from './clients/ccxt-client.ts';
import { TELLS_TRADES } from './clients/ccxt-own-ways.ts';
import { atDesk } from './clients/client-desk.ts';
import { endTimersAfterwards } from './clients/leftover-timers.ts';
import { describeClient } from './describe-client.ts';

describeClient(ccxtClient);

describe('what ccxt does its own way', () => {
  endTimersAfterwards();

  it('tells every fill of one command through watchMyTrades', () => atDesk(ccxtClient, {}, TELLS_TRADES.run));
});
