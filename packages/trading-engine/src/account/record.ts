/** What the engine's journal holds. A record is what is published of it, so a replay is a read and a restart is a fold. */
import type { UsTime } from '@fillwright/domain';
import type {
  BalanceEventMessage,
  EngineStateMessage,
  FillView,
  OrderEventMessage,
  OrderView,
  SettleOutcome,
  TradingMode,
  VenuePositionEventMessage,
} from '@fillwright/messages';

export interface BootRecord {
  readonly k: 'boot';
  readonly ts: UsTime;
  readonly epoch: number;
}

/** First use of an owner tag: from now on only this sender may use it. */
export interface OwnerRecord {
  readonly k: 'owner';
  readonly ts: UsTime;
  readonly tag: string;
  readonly src: string;
}

/** One change of one order, with the whole order after it. */
export interface OrderRecord {
  readonly k: 'order';
  readonly ts: UsTime;
  readonly change: OrderEventMessage;
  /** `filled` by a trade that was booked and published before its order was known: it is the order's now, and no news to the account. */
  readonly claims?: FillView;
}

/** A trade of the account that fits no order we could find, or that reconciliation had to infer. It moves the position all the same. */
export interface StrayFillRecord {
  readonly k: 'stray-fill';
  readonly ts: UsTime;
  readonly fill: FillView;
}

export interface BalanceRecord {
  readonly k: 'balance';
  readonly ts: UsTime;
  readonly balance: BalanceEventMessage;
}

export interface VenuePositionRecord {
  readonly k: 'venue-position';
  readonly ts: UsTime;
  readonly position: VenuePositionEventMessage;
}

/** Latched across restarts; `who` and `why` are the audit trail of control requests. */
export interface ModeRecord {
  readonly k: 'mode';
  readonly ts: UsTime;
  readonly mode: TradingMode;
  readonly who: string;
  readonly why: string;
}

/** An operator settled what was unknown: the audit record. What follows from it for the order stands in the records after it. */
export interface SettlementRecord {
  readonly k: 'settlement';
  readonly ts: UsTime;
  readonly clientOrderId: string;
  readonly outcome: SettleOutcome;
  readonly filledQty?: string;
  readonly price?: string;
  readonly who: string;
  readonly why: string;
  /** The order as it was believed to be. */
  readonly believed: OrderView;
  /** For how long it had been unknown. */
  readonly ageMs: number;
}

export interface RecoveryRecord {
  readonly k: 'recovery';
  readonly ts: UsTime;
  readonly summary: NonNullable<EngineStateMessage['lastReconciliation']>;
}

export type JournalRecord =
  | BootRecord
  | OwnerRecord
  | OrderRecord
  | StrayFillRecord
  | BalanceRecord
  | VenuePositionRecord
  | ModeRecord
  | SettlementRecord
  | RecoveryRecord;

/** One message a record becomes: which account stream, which type, which data. */
export type Publication =
  | { readonly stream: 'order'; readonly type: 'order.event'; readonly data: OrderEventMessage }
  | { readonly stream: 'status'; readonly type: 'order.status'; readonly data: { readonly order: OrderEventMessage['order'] } }
  | { readonly stream: 'account'; readonly type: 'account.fill'; readonly data: { readonly fill: FillView } }
  | { readonly stream: 'account'; readonly type: 'account.balance'; readonly data: BalanceEventMessage }
  | { readonly stream: 'account'; readonly type: 'account.venue-position'; readonly data: VenuePositionEventMessage };

/** The trade that this record books. */
export function fillIn(record: JournalRecord): FillView | undefined {
  if (record.k === 'order') return record.change.fill;
  return record.k === 'stray-fill' ? record.fill : undefined;
}

/** Pure: live publication and replay from the journal are the same function. */
export function publicationsOf(record: JournalRecord): readonly Publication[] {
  switch (record.k) {
    case 'order': {
      const { order, fill } = record.change;
      const story: Publication[] = [
        { stream: 'order', type: 'order.event', data: record.change },
        { stream: 'status', type: 'order.status', data: { order } },
      ];
      if (fill) story.push({ stream: 'account', type: 'account.fill', data: { fill } });
      return story;
    }
    case 'stray-fill':
      return [{ stream: 'account', type: 'account.fill', data: { fill: record.fill } }];
    case 'balance':
      return [{ stream: 'account', type: 'account.balance', data: record.balance }];
    case 'venue-position':
      return [{ stream: 'account', type: 'account.venue-position', data: record.position }];
    case 'boot':
    case 'owner':
    case 'mode':
    case 'settlement':
    case 'recovery':
      return [];
  }
}
