/**
 * The venue's own account of what it saw and did, one JSON line each, for judges that trust neither client nor engine: every request as
 * received, every fault, every fill, every other move of money, and on stop the final orders, positions and balances.
 */
import type { DiskFile, Log, ServerRequest } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Position } from '../account/position.ts';
import type { Engine } from '../engine/engine.ts';
import type { AccountChangeReason, BalanceChanges, Execution, ExecutionType, VenueListener } from '../engine/events.ts';
import type { Params } from '../http/params.ts';
import { priceText, qtyText } from '../market/symbol-spec.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { orderRow } from '../render/order-json.ts';

export interface RequestOutcome {
  readonly params: Params;
  readonly account: string | undefined;
  readonly status: number;
  readonly code: number | undefined;
}

/** Bumped when a line's meaning changes. */
export const VENUE_LOG_VERSION = 1;

export class VenueLog implements VenueListener {
  readonly #nowUs: () => number;
  readonly #file: DiskFile | undefined;
  readonly #log: Log;
  #failed = false;

  /** Without a file nothing is written. */
  constructor(nowUs: () => number, file: DiskFile | undefined, log: Log) {
    this.#nowUs = nowUs;
    this.#file = file;
    this.#log = log;
    file?.truncate(0); // a run starts its own log
    this.#write({ type: 'start', version: VENUE_LOG_VERSION });
  }

  request(request: ServerRequest, { params, account, status, code }: RequestOutcome): void {
    if (this.#file === undefined) return;
    const clientId = params.text('newClientOrderId') ?? params.text('clientAlgoId') ?? params.text('origClientOrderId');
    this.#write({
      ...{ type: 'request', ip: request.remoteAddress, method: request.method, path: request.path, query: request.query },
      ...{ body: request.body, account, clientId, status, code },
    });
  }

  fault(request: ServerRequest, kind: string, account: string | undefined): void {
    this.#write({ type: 'fault', kind, method: request.method, path: request.path, query: request.query, body: request.body, account });
  }

  orderChanged(order: Order, type: ExecutionType, _timeMs: number, execution?: Execution): void {
    if (this.#file === undefined || order.account.house) return;
    const { spec } = order.market;
    const key = { account: order.account.name, symbol: spec.symbol, orderId: order.id.toString(), clientId: order.clientId };
    if (execution === undefined) {
      this.#write({
        type: 'order',
        ...key,
        event: type,
        status: order.status,
        side: order.side,
        executedQty: qtyText(spec, order.filledLots),
      });
      return;
    }
    this.#write({
      ...{ type: 'fill', ...key, tradeId: String(execution.tradeId), side: order.side, price: priceText(spec, execution.ticks) },
      ...{ qty: qtyText(spec, execution.lots), fee: unitsText(execution.fee), realizedPnl: unitsText(execution.profit) },
      ...(execution.feeAsset === spec.marginAsset ? {} : { feeAsset: execution.feeAsset }),
      ...{ maker: execution.maker, status: order.status },
    });
  }

  /** What follows goes on from a state that was loaded: orders and fills before it are not in this log, or no longer true. */
  stateLoaded(file: string): void {
    this.#write({ type: 'state-loaded', file });
  }

  /** Money that came or went otherwise than by trades. */
  accountChanged(account: Account, reason: AccountChangeReason, _timeMs: number, position?: Position, changes?: BalanceChanges): void {
    if (this.#file === undefined || account.house) return;
    for (const [asset, change] of changes ?? []) {
      if (change === 0n) continue;
      const about = position && { symbol: position.spec.symbol };
      this.#write({ type: 'money', account: account.name, ...about, asset, change: unitsText(change), reason });
    }
  }

  /** The closing lines; the file is synced and closed. */
  end(engine: Engine): void {
    if (this.#file === undefined) return;
    for (const account of engine.accounts()) {
      if (account.house) continue;
      for (const asset of account.assets())
        this.#write({
          ...{ type: 'final-balance', account: account.name, asset, wallet: unitsText(account.walletOf(asset)) },
          ...{ ordersAccepted: account.ordersAccepted, trades: account.tradesBooked },
        });
      for (const holding of account.holdings()) {
        const { market } = holding;
        const { symbol } = market.spec;
        for (const position of holding.positions) {
          this.#write({
            ...{ type: 'final-position', account: account.name, symbol, amount: qtyText(market.spec, position.lots) },
            ...{ entryPrice: trimmedText(position.entryPrice), realized: unitsText(position.realized) },
            ...(position.side === 'BOTH' ? {} : { positionSide: position.side }),
          });
        }
        for (const order of holding.orders()) this.#write({ type: 'final-order', account: account.name, order: orderRow(order) });
      }
    }
    this.#write({ type: 'end' });
    this.#file.sync();
    this.#file.close();
  }

  #write(line: Readonly<Record<string, JsonValue>>): void {
    if (this.#file === undefined || this.#failed) return;
    try {
      this.#file.append(Buffer.from(`${jsonText({ t: this.#nowUs(), ...line })}\n`));
    } catch (error) {
      // A full disk must not take the venue down; the log says where it ends.
      this.#failed = true;
      this.#log.error('venue-log-failed', { code: 'XSM_VENUE_LOG_FAILED', error });
    }
  }
}
