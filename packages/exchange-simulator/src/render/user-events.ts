/** User data events of the private stream, as JSON text. */
import type { Account } from '../account/account.ts';
import type { PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { AlgoOrder } from '../algo/algo-order.ts';
import type { AccountChangeReason, BalanceChanges, Execution, ExecutionType } from '../engine/events.ts';
import type { Market } from '../market/market.ts';
import { priceText, qtyText } from '../market/symbol-spec.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { averageOf, callbackText } from './order-json.ts';

export function orderTradeUpdate(order: Order, type: ExecutionType, timeMs: number, execution?: Execution): string {
  const { market, account, origin } = order;
  const { spec } = market;
  const position = account.holding(market).position(order.positionSide);
  const fee = execution === undefined ? {} : { N: execution.feeAsset, n: unitsText(execution.fee) };
  const o: Record<string, JsonValue> = {
    s: spec.symbol,
    c: order.clientId,
    S: order.side,
    o: order.type,
    f: order.tif,
    q: qtyText(spec, order.lots),
    p: priceText(spec, order.ticks),
    ap: averageOf(order),
    sp: priceText(spec, origin.stopTicks),
    x: type,
    X: order.status,
    i: order.id,
    ...(type === 'AMENDMENT' ? { M: order.modifyId } : {}),
    l: qtyText(spec, execution?.lots ?? 0),
    z: qtyText(spec, order.filledLots),
    L: priceText(spec, execution?.ticks ?? 0),
    ...fee,
    T: timeMs,
    t: execution?.tradeId ?? 0,
    b: trimmedText(position.bidNotional),
    a: trimmedText(position.askNotional),
    m: execution?.maker ?? false,
    R: order.reduceOnly,
    wt: origin.workingType,
    ot: order.origType,
    ps: order.positionSide,
    cp: origin.closePosition,
    ...(origin.trailing === undefined ? {} : { AP: trimmedText(origin.trailing.activation), cr: callbackText(origin.trailing.callback) }),
    rp: trimmedText(execution?.profit ?? 0n),
    pP: origin.priceProtect,
    si: 0,
    ss: 0,
    V: order.stp,
    pm: order.priceMatch,
    gtd: order.goodTillMs,
    er: String(order.expiry),
  };
  return jsonText({ e: 'ORDER_TRADE_UPDATE', E: timeMs, T: timeMs, o });
}

export function tradeLite(order: Order, timeMs: number, execution: Execution): string {
  const { spec } = order.market;
  return jsonText({
    ...{ e: 'TRADE_LITE', E: timeMs, T: timeMs, s: spec.symbol, q: qtyText(spec, order.lots), p: priceText(spec, order.ticks) },
    ...{ m: execution.maker, c: order.clientId, S: order.side, L: priceText(spec, execution.ticks), l: qtyText(spec, execution.lots) },
    ...{ t: execution.tradeId, i: order.id },
  });
}

/** Only what changed: the assets named, and the position when there is one; funding tells a position only when that one pays by itself. */
export function accountUpdate(
  account: Account,
  reason: AccountChangeReason,
  timeMs: number,
  position: Position | undefined,
  changes: BalanceChanges,
): string {
  const balances = [...changes].map(([asset, change]) => ({
    ...{ a: asset, wb: unitsText(account.walletOf(asset)), cw: unitsText(account.crossWallet(asset)), bc: trimmedText(change) },
  }));
  const isolated = position !== undefined && account.holding(position.market).isolated;
  const told = position === undefined || (reason === 'FUNDING_FEE' && !isolated) ? [] : [positionRow(position, isolated)];
  const symbol = reason === 'FUNDING_FEE' && position !== undefined ? { S: position.spec.symbol } : {};
  return jsonText({ e: 'ACCOUNT_UPDATE', E: timeMs, T: timeMs, a: { m: reason, B: balances, P: told, ...symbol } });
}

function positionRow(position: Position, isolated: boolean): Record<string, JsonValue> {
  return {
    s: position.spec.symbol,
    pa: position.lots === 0 ? '0' : qtyText(position.spec, position.lots),
    ep: trimmedText(position.entryPrice),
    bep: trimmedText(position.breakEvenPrice),
    cr: trimmedText(position.realized),
    up: unitsText(position.unrealized),
    mt: isolated ? 'isolated' : 'cross',
    iw: isolated ? unitsText(position.isolatedWallet) : '0',
    ps: position.side,
  };
}

export function algoUpdate(algo: AlgoOrder, timeMs: number): string {
  const { request, child } = algo;
  const { spec } = request.market;
  const became =
    child === undefined
      ? { ap: '0.00000', aq: '0.00000', act: '0' }
      : { ap: averageOf(child), aq: qtyText(spec, child.filledLots), act: child.type };
  return jsonText({
    ...{ e: 'ALGO_UPDATE', T: timeMs, E: timeMs },
    o: {
      ...{ caid: request.clientId, aid: algo.id, at: 'CONDITIONAL', o: request.type, s: spec.symbol },
      ...{ S: request.sign === 1 ? 'BUY' : 'SELL', ps: algo.positionSide, f: request.tif, q: qtyText(spec, request.lots), X: algo.status },
      ...{ ai: child === undefined ? '' : child.id.toString(), ...became },
      ...{ tp: priceText(spec, request.triggerTicks), p: priceText(spec, request.ticks), V: request.stp, wt: request.workingType },
      ...{ pm: request.priceMatch, cp: request.closePosition, pP: request.priceProtect, R: request.reduceOnly || request.closePosition },
      ...{ tt: algo.triggeredMs, gtd: request.goodTillMs, rm: algo.rejectReason },
      ...(algo.isTrailing ? { ia: algo.active } : {}),
    },
  });
}

export function leverageUpdate(market: Market, leverage: number, timeMs: number): string {
  return jsonText({ e: 'ACCOUNT_CONFIG_UPDATE', E: timeMs, T: timeMs, ac: { s: market.spec.symbol, l: leverage } });
}

export function assetsModeUpdate(multiAssets: boolean, timeMs: number): string {
  return jsonText({ e: 'ACCOUNT_CONFIG_UPDATE', E: timeMs, T: timeMs, ai: { j: multiAssets } });
}

export function listenKeyExpired(listenKey: string, timeMs: number): string {
  return jsonText({ e: 'listenKeyExpired', E: timeMs, listenKey });
}

export function marginCall(account: Account, rows: readonly PositionMargin[], timeMs: number): string {
  const isolated = rows.some(({ holding }) => holding.isolated);
  const p = rows.map(({ position, unrealized, maintenance }) => ({
    ...{ s: position.spec.symbol, ps: position.side, pa: qtyText(position.spec, position.lots), mt: isolated ? 'ISOLATED' : 'CROSSED' },
    ...{ iw: isolated ? unitsText(position.isolatedWallet) : '0', mp: unitsText(position.market.mark), up: unitsText(unrealized) },
    mm: unitsText(maintenance),
  }));
  return jsonText({
    e: 'MARGIN_CALL',
    E: timeMs,
    ...(isolated ? {} : { cw: unitsText(account.crossWallet(rows[0]?.position.spec.marginAsset)) }),
    p,
  });
}
