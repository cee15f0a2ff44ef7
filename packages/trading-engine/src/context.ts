/** What the parts of the engine share. Each part owns its own state; this only says where the others are. */
import type { Instrument, InstrumentId, Reason } from '@fillwright/domain';
import type { Clock, Log, Random, RequestQueue } from '@fillwright/runtime';
import type { ExecutionAdapter } from '@fillwright/venue';
import type { AccountBook } from './account/account-book.ts';
import type { AccountLog } from './account/account-log.ts';
import type { InputQueue } from './input-queue.ts';
import type { EngineOptions } from './options.ts';

export interface EngineContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly options: EngineOptions;
  readonly epoch: number;
  readonly adapter: ExecutionAdapter;
  readonly book: AccountBook;
  readonly records: AccountLog;
  readonly inputs: InputQueue;
  readonly lanes: RequestQueue;
  /** Filled by `prepare`; empty before. */
  readonly instruments: Map<InstrumentId, Instrument>;
  /** See `mutated`. */
  readonly mutations?: ReadonlySet<string>;
}

/** Says whether orders may be opened now, by this owner. Undefined = yes; cancels are always allowed. */
export type OpeningGate = (instrument: InstrumentId, reducing: boolean, owner: string) => Reason | undefined;
