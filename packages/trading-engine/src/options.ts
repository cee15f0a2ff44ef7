/** What the engine can be told, in its own units; `main.ts` makes it from the INI file. */
import type { AccountId, Decimal } from '@fillwright/domain';
import type { WatchOptions } from './risk/watch-options.ts';

export interface EngineOptions {
  /** PROCESS_NAME: `src` of everything it publishes. */
  readonly processName: string;
  readonly exchange: string;
  readonly account: AccountId;
  readonly endpoints: {
    readonly orderEvents: string;
    readonly tradeEvents: string;
    readonly orderStatus: string;
    readonly service: string;
    readonly traders: readonly string[];
    readonly positionServer: readonly string[];
    readonly positionService?: string;
    readonly market: readonly string[];
    readonly marketService?: string;
  };
  readonly journalFolder: string;
  readonly journalSync: 'normal' | 'full';
  /** Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Time between two snapshots while something happens; default 30 s. */
  readonly snapshotMs?: number;
  /** Alarm when the journal must keep so much for one durable consumer; default 4 GiB. */
  readonly backlogBytes?: number;
  readonly orders: {
    readonly perSecond: number;
    readonly inFlight: number;
    /** Questions in flight at once; a recovery asks up to four more. Default: as `inFlight`. */
    readonly queriesInFlight?: number;
    readonly queueBound: number;
    /** Sent again at most this often, only when it is proven that nothing was executed. */
    readonly retries: number;
    /** Orders that expire at the venue are told as canceled, with the reason as the venue gave it. Default false. */
    readonly expiredAsCanceled?: boolean;
  };
  readonly risk: {
    /** Base units per instrument; zero = no limit. */
    readonly maxPositionPerSymbol: Decimal;
    /** Σ |position| in base units over all instruments; zero = no limit. */
    readonly maxPositionSize: Decimal;
    /** Marks and positions older than this are stale: nothing that increases risk passes. Zero = not watched. */
    readonly staleMs: number;
  };
  /** Whoever may fall silent; default: nobody is watched. */
  readonly watches?: WatchOptions;
  /** How many private events are held while the state is fetched. */
  readonly streamBuffer: number;
  readonly reconnectMs: number;
  readonly reconnectAlarmAfter: number;
  /** Stop also closes what is held, by reduce-only market orders. Default false. */
  readonly flattenOnStop?: boolean;
  /** What stop may spend on cancelling orders and waiting for answers. */
  readonly stopBudgetMs: number;
}
