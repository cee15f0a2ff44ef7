/** What every Fillwright service is to the process that runs it: something to start, to watch and to stop. */

/** The same words as in the heartbeat. */
export type ProcessState = 'starting' | 'syncing' | 'ready' | 'degraded' | 'halted' | 'stopping';

export interface Health {
  /** True when it does its whole job; `/health/ready` answers 200 then, else 503. */
  readonly ready: boolean;
  readonly state: ProcessState;
  /** Why it is not ready, each a fact a person can act on; empty when ready. */
  readonly reasons: readonly string[];
  /** Whatever else helps an operator: link ages, counts. Plain JSON values. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface StopReport {
  /** True when everything that was to be ended was ended and confirmed. */
  readonly clean: boolean;
  /** What it could not end, one line each (`open order q1… on BTCUSDT-PERP.BINANCE`); empty when clean. */
  readonly left: readonly string[];
}

export interface Service {
  /** Resolves when it is up (sockets bound, work begun); being ready may come later. Rejects with an `AppError` when it cannot run. */
  start(): Promise<void>;
  /** Ends orderly and says what it left; idempotent. The caller gives it a few seconds. */
  stop(reason: string): Promise<StopReport>;
  /** Cheap and synchronous: called on every health request. */
  health(): Health;
}
