/** What an account may set: leverage, margin type and isolated margin, position mode, assets mode, fee discount. */

import { assetMargin, availableIn, poolOf } from '../account/account-margin.ts';
import type { Holding } from '../account/holding.ts';
import { notionalCap } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { JsonValue } from '../numbers/json.ts';
import { absUnits, trimmedText, unitsText } from '../numbers/units.ts';
import { invalidParameter, REFUSALS, Refusal, refuse } from '../order/refusal.ts';
import { type AccountCall, type EndpointTable, marketOf, signed } from './endpoint.ts';

const SUCCESS = { code: 200, msg: 'success' } as const;
/** Of the margin history; the oldest are forgotten. */
const MOVES_KEPT = 1_000;
const MOVES_TOLD_MS = 30 * 86_400_000;

function setLeverage(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const text = call.params.required('leverage');
  const leverage = Number(text);
  const most = market.spec.brackets[0]?.initialLeverage ?? 1;
  if (!/^\d{1,3}$/.test(text) || leverage < 1 || leverage > most) refuse(new Refusal(-4028, `Leverage ${text} is not valid`));
  const holding = call.account.holding(market);
  const before = holding.leverage;
  if (holding.isolated && leverage < before && !holding.flat) refuse(REFUSALS.isolatedLeverage);
  for (const { notional } of holding.positions) if (absUnits(notional) > notionalCap(market.spec, leverage)) refuse(REFUSALS.maxPosition);
  holding.leverage = leverage;
  const { pool } = poolOf(call.account, market.spec.marginAsset);
  holding.leverage = before;
  if (leverage < before && pool.balance < pool.initial) refuse(REFUSALS.leverageForPosition);
  call.venue.engine.setLeverage(call.account, market, leverage);
  return { leverage, maxNotionalValue: trimmedText(notionalCap(market.spec, leverage)), symbol: market.spec.symbol };
}

function setMarginType(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const type = call.params.required('marginType');
  if (type !== 'CROSSED' && type !== 'ISOLATED') refuse(invalidParameter('marginType'));
  const holding = call.account.holding(market);
  const isolated = type === 'ISOLATED';
  if (holding.isolated === isolated) refuse(REFUSALS.marginTypeSame);
  if (call.account.multiAssets) refuse(REFUSALS.isolatedInMultiAssets);
  if (holding.open.size > 0) refuse(REFUSALS.marginTypeOrders);
  if (!holding.flat) refuse(REFUSALS.marginTypePosition);
  call.venue.engine.setIsolated(call.account, market, isolated);
  return SUCCESS;
}

function positionNamed(call: AccountCall, holding: Holding): Position {
  const side = call.params.text('positionSide') ?? 'BOTH';
  if (side !== 'BOTH' && side !== 'LONG' && side !== 'SHORT') refuse(REFUSALS.positionSide);
  return holding.positions.find((position) => position.side === side) ?? refuse(REFUSALS.positionSideMismatch);
}

function movePositionMargin(call: AccountCall): JsonValue {
  const { account, params, venue, nowMs } = call;
  const holding = account.holding(marketOf(call));
  const position = positionNamed(call, holding);
  const { units } = params.requiredAmount('amount');
  const type = params.required('type');
  if (type !== '1' && type !== '2') refuse(invalidParameter('type'));
  if (!(units > 0 && Number.isFinite(units))) refuse(REFUSALS.marginAmount);
  if (!holding.isolated) refuse(REFUSALS.marginNotIsolated);
  if (position.lots === 0) refuse(REFUSALS.marginNoPosition);
  const amount = BigInt(units);
  if (type === '1') {
    if (amount > availableIn(account, position.spec.marginAsset)) refuse(REFUSALS.marginCross);
    venue.engine.moveMargin(account, position, amount);
  } else {
    const row =
      assetMargin(account, position.spec.marginAsset).rows.find((one) => one.position === position) ?? refuse(REFUSALS.marginNoPosition);
    const loss = row.unrealized < 0n ? -row.unrealized : 0n;
    if (position.isolatedWallet - amount < row.positionMargin + loss) refuse(REFUSALS.marginIsolated);
    venue.engine.moveMargin(account, position, -amount);
  }
  account.marginMoves.push({ position, type: Number(type), amount, timeMs: nowMs });
  if (account.marginMoves.length > MOVES_KEPT) account.marginMoves.shift();
  return { amount: Number(unitsText(amount)), code: 200, msg: 'Successfully modify position margin.', type: Number(type) };
}

function marginHistory(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const type = call.params.integer('type');
  const from = Math.max(call.params.integer('startTime') ?? 0, call.nowMs - MOVES_TOLD_MS);
  const till = call.params.integer('endTime') ?? call.nowMs;
  if (till - from > MOVES_TOLD_MS) refuse(new Refusal(-4165, 'Invalid time interval. Maximum time interval is 30 days.'));
  const rows = call.account.marginMoves.filter((move) => {
    if (move.position.market !== market || (type !== undefined && move.type !== type)) return false;
    return move.timeMs >= from && move.timeMs <= till;
  });
  return rows.slice(-call.params.limit(500, 1000)).map((move) => ({
    ...{
      symbol: market.spec.symbol,
      type: move.type,
      deltaType: 'USER_ADJUST',
      amount: trimmedText(move.amount, 1),
      asset: market.spec.marginAsset,
    },
    ...{ time: move.timeMs, positionSide: move.position.side },
  }));
}

function setPositionMode(call: AccountCall): JsonValue {
  const { account, params } = call;
  const dual = params.flag('dualSidePosition') ?? false;
  if (dual === account.dual) refuse(REFUSALS.positionModeSame);
  for (const holding of account.holdings()) if (holding.open.size > 0) refuse(REFUSALS.positionModeOrders);
  for (const holding of account.holdings()) if (!holding.flat) refuse(REFUSALS.positionModePosition);
  account.setDual(dual);
  return SUCCESS;
}

/** Joining assets needs cross margin everywhere and no orders; parting them, that each asset carries its positions without a debt. */
function setMultiAssets(call: AccountCall): JsonValue {
  const { account, venue } = call;
  const on = call.params.flag('multiAssetsMargin') ?? false;
  if (on === account.multiAssets) refuse(REFUSALS.multiAssetsSame);
  const holdings = [...account.holdings()];
  if (on && holdings.some(({ isolated }) => isolated)) refuse(REFUSALS.multiAssetsIsolated);
  if (holdings.some(({ open }) => open.size > 0)) refuse(REFUSALS.multiAssetsOrders);
  if (account.assets().some((asset) => account.walletOf(asset) < 0n)) refuse(REFUSALS.multiAssetsDebt);
  const settled = new Set(holdings.map(({ market }) => market.spec.marginAsset));
  for (const asset of on ? [] : settled) {
    const { cross } = assetMargin(account, asset);
    if (cross.balance < cross.initial) refuse(REFUSALS.multiAssetsMargin);
  }
  venue.engine.setMultiAssets(account, on);
  return SUCCESS;
}

function setFeeBurn(call: AccountCall): JsonValue {
  call.account.feeBurn = call.params.flag('feeBurn') ?? false;
  return SUCCESS;
}

export const SETTING_ENDPOINTS: EndpointTable = {
  'POST /fapi/v1/leverage': signed(1, setLeverage, { mandatory: ['symbol', 'leverage'] }),
  'POST /fapi/v1/marginType': signed(1, setMarginType, { mandatory: ['symbol', 'marginType'] }),
  'POST /fapi/v1/positionMargin': signed(1, movePositionMargin, { mandatory: ['symbol', 'amount', 'type'] }),
  'GET /fapi/v1/positionMargin/history': signed(1, marginHistory, { mandatory: ['symbol'] }),
  'GET /fapi/v1/positionSide/dual': signed(30, ({ account }) => ({ dualSidePosition: account.dual })),
  'POST /fapi/v1/positionSide/dual': signed(1, setPositionMode, { mandatory: ['dualSidePosition'] }),
  'GET /fapi/v1/multiAssetsMargin': signed(30, ({ account }) => ({ multiAssetsMargin: account.multiAssets })),
  'POST /fapi/v1/multiAssetsMargin': signed(1, setMultiAssets, { mandatory: ['multiAssetsMargin'] }),
  'GET /fapi/v1/feeBurn': signed(30, ({ account }) => ({ feeBurn: account.feeBurn })),
  'POST /fapi/v1/feeBurn': signed(1, setFeeBurn, { mandatory: ['feeBurn'] }),
};
