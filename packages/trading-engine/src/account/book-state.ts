/** What a snapshot is made of: the account book at one journal position, without what the archive of closed orders holds. Immutable. */
import type { Fill, InstrumentId, Order, PositionState } from '@fillwright/domain';
import type { BalanceEventMessage, EngineStateMessage, TradingMode } from '@fillwright/messages';
import type { Holding } from './holdings.ts';
import type { ClosedAt } from './order-shelf.ts';

export interface BookState {
  readonly pos: number;
  readonly lastFillPos: number;
  readonly lastBalancePos: number;
  readonly mode: TradingMode;
  readonly modeReason: string;
  readonly lastRecovery: EngineStateMessage['lastReconciliation'];
  readonly ledgerStartTs: number;
  /** In the order of their creation. */
  readonly live: readonly Order[];
  /** Not in the archive yet; in the order of their newest change. */
  readonly closed: readonly ClosedAt[];
  /** What the venue calls these orders, or once called them. */
  readonly names: readonly { readonly name: string; readonly id: string }[];
  /** Of live orders. */
  readonly commands: readonly { readonly id: string; readonly commandId: string }[];
  /** Oldest first. */
  readonly strays: readonly Fill[];
  readonly owners: readonly { readonly tag: string; readonly src: string }[];
  /** What each owner's fills built up; snapshots of releases before it lack it, and begin at nothing. */
  readonly holdings: readonly Holding[];
  readonly balances: readonly BalanceEventMessage[];
  readonly positions: readonly PositionState[];
  /** Newest fill per instrument. */
  readonly fillMarks: readonly { readonly instrument: InstrumentId; readonly pos: number; readonly ts: number }[];
}
