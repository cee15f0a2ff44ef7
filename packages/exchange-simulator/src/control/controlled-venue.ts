/** The parts of a running venue that the control API may touch. */
import type { Engine } from '../engine/engine.ts';
import type { VenueClock } from '../engine/venue-clock.ts';
import type { FaultDesk } from '../fault/fault-desk.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import type { Hub } from '../stream/hub.ts';
import type { ListenKeys } from '../stream/listen-keys.ts';

export interface ControlledVenue {
  readonly engine: Engine;
  readonly clock: VenueClock;
  readonly faults: FaultDesk;
  readonly hub: Hub;
  readonly listenKeys: ListenKeys;
  /** Settles funding of a market now. */
  fund(market: Market): void;
  /** Starts or pauses synthetic flow, of one symbol or of all; returns the symbols that flow. */
  setFlow(running: boolean, symbol?: string): string[];
  flowing(symbol: string): boolean;
  /** Numbers the orders that come through the control API. */
  nextExternalId(): number;
  summary(): { readonly [key: string]: JsonValue };
}
