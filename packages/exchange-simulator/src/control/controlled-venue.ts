/** The parts of a running venue that the control API may touch. */
import type { VenueClock } from '../clock/venue-clock.ts';
import type { Delays } from '../core/delays.ts';
import type { Maintenance } from '../core/maintenance.ts';
import type { Engine } from '../engine/engine.ts';
import type { FaultDesk } from '../fault/fault-desk.ts';
import type { Storm } from '../fault/storm.ts';
import type { Feed } from '../flow/feed.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import type { Hub } from '../stream/hub.ts';
import type { ListenKeys } from '../stream/listen-keys.ts';
import type { DrilledSocket } from '../stream/socket-life.ts';

export interface ControlledVenue {
  readonly engine: Engine;
  readonly clock: VenueClock;
  readonly faults: FaultDesk;
  readonly storm: Storm;
  readonly delays: Delays;
  readonly hub: Hub;
  readonly listenKeys: ListenKeys;
  readonly maintenance: Maintenance;
  /** Open sockets of every kind. */
  sockets(): Iterable<DrilledSocket>;
  /** Settles funding of a market now. */
  fund(market: Market, special?: boolean): void;
  /** Starts or pauses synthetic flow, of one symbol or of all; returns the symbols that flow. */
  setFlow(running: boolean, symbol?: string): string[];
  /** What moves each symbol; a quiet one has none. */
  readonly feeds: ReadonlyMap<string, Feed>;
  /** Moves a stepped clock; false when it is none. */
  advance(spanMs: number): boolean;
  /** Writes the state; absent = into the configured file. Returns the file. */
  dump(file?: string): string;
  /** Goes on from a state. */
  load(file?: string): string;
  /** Numbers the orders that come through the control API. */
  nextExternalId(): number;
  summary(): { readonly [key: string]: JsonValue };
}
