/** What the position-server can be told, in its own units; `main.ts` makes it from the INI file. */
import type { AccountId } from '@fillwright/domain';

export interface PositionServerOptions {
  /** PROCESS_NAME: `src` of everything it publishes, and the consumer that acknowledges to the engine. */
  readonly processName: string;
  readonly exchange: string;
  readonly account: AccountId;
  readonly endpoints: {
    /** For traders. */
    readonly positions: string;
    /** For the engine. */
    readonly enginePositions: string;
    readonly service: string;
    readonly tradeEvents: string;
    readonly engineService: string;
    /** The first one is of the process behind `marketService`. */
    readonly market: readonly string[];
    readonly marketService: string;
  };
}
