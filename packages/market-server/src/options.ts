/** What the market-server can be told, in its own units; `main.ts` makes it from the INI file. */
import type { AccountId } from '@fillwright/domain';

export interface MarketServerOptions {
  /** PROCESS_NAME: `src` of everything it publishes. */
  readonly processName: string;
  readonly exchange: string;
  /** Part of its topics, so that the servers of two accounts never collide; the data is the same for all. */
  readonly account: AccountId;
  readonly endpoints: {
    readonly market: string;
    readonly service: string;
    /** Engines of this address, whose bans are obeyed. Default: none. */
    readonly engines?: readonly string[];
  };
  /** In the spelling of the venue. */
  readonly symbols: readonly string[];
  readonly depthLevels: number;
  /** Failed attempts of one stream after which it is an alarm; it is tried for ever. */
  readonly reconnectAlarmAfter: number;
}
