/** Turns what happens on accounts into user data events on their listen keys, in engine order. */
import type { Account } from '../account/account.ts';
import type { PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { AlgoOrder } from '../algo/algo-order.ts';
import type { AccountChangeReason, AccountUpdateOrder, BalanceChanges, Execution, ExecutionType, VenueListener } from '../engine/events.ts';
import type { FaultDesk } from '../fault/fault-desk.ts';
import type { Market } from '../market/market.ts';
import type { Prng } from '../numbers/prng.ts';
import type { Order } from '../order/order.ts';
import * as render from '../render/user-events.ts';
import { deliverBent } from './bent-delivery.ts';
import type { Hub } from './hub.ts';
import type { ListenKeys } from './listen-keys.ts';

export class UserStreams implements VenueListener {
  readonly #hub: Hub;
  readonly #keys: ListenKeys;
  readonly #faults: FaultDesk;
  readonly #prng: Prng;
  readonly #order: AccountUpdateOrder;

  constructor(hub: Hub, keys: ListenKeys, faults: FaultDesk, prng: Prng, order: AccountUpdateOrder) {
    this.#hub = hub;
    this.#keys = keys;
    this.#faults = faults;
    this.#prng = prng;
    this.#order = order;
  }

  /** The account's stream, when somebody listens to it. */
  #streamOf(account: Account): string | undefined {
    const key = account.house ? undefined : this.#keys.keyOf(account);
    return key !== undefined && this.#hub.has(key) ? key : undefined;
  }

  orderChanged(order: Order, type: ExecutionType, timeMs: number, execution?: Execution): void {
    const { account, market } = order;
    const stream = this.#streamOf(account);
    if (stream === undefined) return;
    const symbol = market.spec.symbol;
    const update = render.orderTradeUpdate(order, type, timeMs, execution);
    if (execution === undefined) {
      this.#send(stream, account, 'ORDER_TRADE_UPDATE', update, symbol);
      return;
    }
    this.#send(stream, account, 'TRADE_LITE', render.tradeLite(order, timeMs, execution), symbol);
    const accountFirst = this.#order === 'seeded' ? this.#prng.chance(0.5) : this.#order === 'before';
    const position = account.holding(market).position(order.positionSide);
    const touched = new Map([
      [market.spec.marginAsset, 0n],
      [execution.feeAsset, 0n],
    ]);
    const changed = render.accountUpdate(account, 'ORDER', timeMs, position, touched);
    if (accountFirst) this.#send(stream, account, 'ACCOUNT_UPDATE', changed, symbol);
    this.#send(stream, account, 'ORDER_TRADE_UPDATE', update, symbol);
    if (!accountFirst) this.#send(stream, account, 'ACCOUNT_UPDATE', changed, symbol);
  }

  accountChanged(
    account: Account,
    reason: AccountChangeReason,
    timeMs: number,
    position?: Position,
    changes: BalanceChanges = new Map(),
  ): void {
    const stream = this.#streamOf(account);
    if (stream === undefined) return;
    this.#send(stream, account, 'ACCOUNT_UPDATE', render.accountUpdate(account, reason, timeMs, position, changes), position?.spec.symbol);
  }

  algoChanged(algo: AlgoOrder, timeMs: number): void {
    const { account, market } = algo.request;
    const stream = this.#streamOf(account);
    if (stream !== undefined) this.#send(stream, account, 'ALGO_UPDATE', render.algoUpdate(algo, timeMs), market.spec.symbol);
  }

  leverageChanged(account: Account, market: Market, leverage: number, timeMs: number): void {
    const stream = this.#streamOf(account);
    if (stream === undefined) return;
    this.#send(stream, account, 'ACCOUNT_CONFIG_UPDATE', render.leverageUpdate(market, leverage, timeMs), market.spec.symbol);
  }

  assetsModeChanged(account: Account, timeMs: number): void {
    const stream = this.#streamOf(account);
    if (stream !== undefined) this.#send(stream, account, 'ACCOUNT_CONFIG_UPDATE', render.assetsModeUpdate(account.multiAssets, timeMs));
  }

  marginCalled(account: Account, timeMs: number, rows: readonly PositionMargin[]): void {
    const stream = this.#streamOf(account);
    if (stream !== undefined) this.#send(stream, account, 'MARGIN_CALL', render.marginCall(account, rows, timeMs));
  }

  /** The key is gone already: this is the last frame on its stream. */
  keyExpired(key: string, timeMs: number): void {
    this.#hub.publish(key, render.listenKeyExpired(key, timeMs));
  }

  #send(stream: string, account: Account, event: string, text: string, symbol?: string): void {
    const fault = this.#faults.idle ? undefined : this.#faults.event({ account: account.name, symbol, event });
    for (const connection of this.#hub.listening(stream) ?? []) {
      if (connection.events !== undefined && !connection.events.has(event)) continue;
      if (fault === undefined) connection.deliver(stream, text);
      else deliverBent(connection, stream, text, fault);
    }
  }
}
