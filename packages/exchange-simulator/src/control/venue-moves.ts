/** Control commands about the venue's own side: status and end of contracts, prices of margin assets, the insurance fund. */
import { ticksOf } from '../engine/checks.ts';
import { settleMarket } from '../engine/settling.ts';
import { Flow } from '../flow/flow.ts';
import { granted } from '../http/endpoint.ts';
import type { Market, MarketStatus } from '../market/market.ts';
import { CHANGEABLE_FILTERS } from '../market/symbol-spec.ts';
import type { JsonValue } from '../numbers/json.ts';
import { parseAmount, trimmedText, unitsOf, unitsText } from '../numbers/units.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { ControlCall } from './control-api.ts';

const STATUSES: readonly MarketStatus[] = ['TRADING', 'TRADING_HALT', 'TRADING_CANCEL_ONLY', 'SETTLING', 'CLOSE'];

const LONGEST_NOTICE_MS = 3_600_000;

function marketOf({ venue, params }: ControlCall): Market {
  const symbol = params.required('symbol');
  return venue.engine.market(symbol) ?? refuse(new Refusal(404, `no symbol ${symbol}`, 404));
}

function positive({ params }: ControlCall, name: string): bigint {
  const text = params.required(name);
  const amount = /^\d{1,18}(\.\d{1,8})?$/.test(text) ? unitsOf(text) : 0n;
  return amount > 0n ? amount : refuse(new Refusal(400, `${name} must be a positive decimal with at most 8 places`));
}

/** `symbol`, `status`. Orders stay where they are; new ones are refused unless it is TRADING: then synthetic makers quote at once. */
export function setStatus(call: ControlCall): JsonValue {
  const market = marketOf(call);
  const named = call.params.required('status');
  const status = STATUSES.find((known) => known === named) ?? refuse(new Refusal(400, `unknown status; known: ${STATUSES.join(' ')}`));
  call.venue.engine.setStatus(market, status);
  const feed = call.venue.feeds.get(market.spec.symbol);
  if (status === 'TRADING' && feed instanceof Flow) feed.enter(feed.regime);
  return { symbol: market.spec.symbol, status };
}

/** `symbol`, optional `price` (absent = the mark, cut to a tick): ends the contract. */
export function settleContract(call: ControlCall): JsonValue {
  const market = marketOf(call);
  const text = call.params.text('price') ?? trimmedText(BigInt(market.ticksBelow(market.mark)) * BigInt(market.spec.tickUnits));
  const price = parseAmount(text) ?? refuse(new Refusal(400, 'price must be a decimal'));
  settleMarket(call.venue.engine, market, granted(ticksOf(market.spec, price)));
  return { symbol: market.spec.symbol, status: market.status, price: text };
}

/** `asset`, `price` in dollars: pins its index price; without a price it follows its market again. */
export function setAssetIndex(call: ControlCall): JsonValue {
  const { assets } = call.venue.engine;
  const name = call.params.required('asset');
  const asset = assets.of(name) ?? refuse(new Refusal(404, `no margin asset ${name}`, 404));
  if (call.params.text('price') === undefined) assets.pinned.delete(name);
  else assets.pinned.set(name, positive(call, 'price'));
  for (const market of call.venue.engine.markets()) call.venue.engine.liquidation.markMoved(market);
  return { asset: name, index: unitsText(asset.index) };
}

/** `triggerDelayMs`: how long fired conditional orders stay in TRIGGERING, -1 = for ever; `rejectNext`: so many are refused as orders. */
export function steerAlgo({ venue, params }: ControlCall): JsonValue {
  const { algo } = venue.engine;
  const [delay, reject] = [params.text('triggerDelayMs'), params.integer('rejectNext')];
  if (delay === undefined && reject === undefined) refuse(new Refusal(400, 'send triggerDelayMs or rejectNext'));
  if (delay !== undefined && !/^(-1|\d{1,7})$/.test(delay)) refuse(new Refusal(400, 'triggerDelayMs must be -1 or milliseconds'));
  algo.triggerDelayMs = delay === undefined ? algo.triggerDelayMs : Number(delay);
  algo.rejectNext = reject ?? algo.rejectNext;
  return { triggerDelayMs: algo.triggerDelayMs, rejectNext: algo.rejectNext };
}

/** `symbol` and any of the filters that can change. */
export function changeFilters(call: ControlCall): JsonValue {
  const market = marketOf(call);
  const changes: Record<string, string> = {};
  for (const name of CHANGEABLE_FILTERS) if (call.params.has(name)) changes[name] = trimmedText(positive(call, name));
  if (Object.keys(changes).length === 0) refuse(new Refusal(400, `send one of ${CHANGEABLE_FILTERS.join(' ')}`));
  try {
    market.changeFilters(changes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse(new Refusal(400, error.message));
  }
  return { symbol: market.spec.symbol, ...changes };
}

/** `amount` in each asset; `none` = without bound. What it got and paid so far counts on top. */
export function setInsuranceFund(call: ControlCall): JsonValue {
  const { deleveraging } = call.venue.engine;
  deleveraging.capital = call.params.required('amount') === 'none' ? undefined : unitsOf(call.params.required('amount'));
  return {
    capital: deleveraging.capital === undefined ? null : unitsText(deleveraging.capital),
    balance: unitsText(deleveraging.balance('USDT')),
  };
}

/** `state` (on, off), optional `noticeMs`: tells all sockets of the end, closes them after the notice, refuses requests until it is off. */
export function setMaintenance({ venue, params }: ControlCall): JsonValue {
  const state = params.required('state');
  const noticeMs = params.integer('noticeMs') ?? 1_000;
  if (state !== 'on' && state !== 'off') refuse(new Refusal(400, 'state must be on or off'));
  if (noticeMs > LONGEST_NOTICE_MS) refuse(new Refusal(400, `noticeMs must be at most ${LONGEST_NOTICE_MS}`));
  if (state === 'off') venue.maintenance.end();
  return { state, told: state === 'on' ? venue.maintenance.begin(noticeMs) : 0 };
}
