/** Converting one margin asset into another. */
import { type ConvertQuote, convertOrderId, convertRatio } from '../engine/convert-desk.ts';
import type { MarginAsset } from '../market/margin-assets.ts';
import type { JsonValue } from '../numbers/json.ts';
import { trimmedText, UNITS_PER_ONE, unitsText } from '../numbers/units.ts';
import { invalidParameter, missingParameter, refuse } from '../order/refusal.ts';
import type { JsonObject } from '../render/order-json.ts';
import { type AccountCall, type Call, type EndpointTable, open, signed } from './endpoint.ts';

/** In dollars. */
const [LEAST, MOST] = [1n, 1_000_000n];
const VALID_MS: Readonly<Record<string, number>> = { '10s': 10_000, '30s': 30_000, '1m': 60_000, '2m': 120_000 };

function assetNamed(call: Call, name: string): MarginAsset {
  return call.venue.engine.assets.of(call.params.required(name)) ?? refuse(invalidParameter(name));
}

function limits(asset: MarginAsset): readonly [string, string] {
  return [LEAST, MOST].map((dollars) => trimmedText((dollars * UNITS_PER_ONE * UNITS_PER_ONE) / asset.index)) as unknown as [
    string,
    string,
  ];
}

function pairs(call: Call): JsonValue {
  const [from, to] = [call.params.text('fromAsset'), call.params.text('toAsset')];
  const all = [...call.venue.engine.assets.all()];
  const rows: JsonValue[] = [];
  for (const a of all) {
    for (const b of all) {
      if (a === b || (from !== undefined && a.name !== from) || (to !== undefined && b.name !== to)) continue;
      const [[fromMin, fromMax], [toMin, toMax]] = [limits(a), limits(b)];
      rows.push({
        ...{ fromAsset: a.name, toAsset: b.name, fromAssetMinAmount: fromMin, fromAssetMaxAmount: fromMax },
        ...{ toAssetMinAmount: toMin, toAssetMaxAmount: toMax },
      });
    }
  }
  return rows;
}

function amountOf(call: Call, name: string): bigint | undefined {
  const amount = call.params.amount(name);
  if (amount === undefined) return undefined;
  return amount.units > 0 && Number.isFinite(amount.units) ? BigInt(amount.units) : refuse(invalidParameter(name));
}

function rates(quote: ConvertQuote): JsonObject {
  const { ratio, inverse } = convertRatio(quote);
  return { ratio: trimmedText(ratio), inverseRatio: trimmedText(inverse) };
}

function quote(call: AccountCall): JsonValue {
  const [from, to] = [assetNamed(call, 'fromAsset'), assetNamed(call, 'toAsset')];
  if (from === to) refuse(invalidParameter('toAsset'));
  const [fromAmount, toAmount] = [amountOf(call, 'fromAmount'), amountOf(call, 'toAmount')];
  if ((fromAmount === undefined) === (toAmount === undefined)) refuse(missingParameter('fromAmount'));
  const validMs = VALID_MS[call.params.text('validTime') ?? '10s'] ?? refuse(invalidParameter('validTime'));
  const terms = { account: call.account, from, to, fromAmount, toAmount: toAmount ?? 0n, validMs };
  const made = call.venue.engine.convert.quote(terms, call.venue.prng.text(24));
  return {
    ...(made.covered ? { quoteId: made.quote.id } : {}),
    ...rates(made.quote),
    ...{ validTimestamp: made.quote.tillMs, toAmount: trimmedText(made.quote.toAmount), fromAmount: trimmedText(made.quote.fromAmount) },
  };
}

function accept(call: AccountCall): JsonValue {
  const order = call.venue.engine.convert.accept(call.account, call.params.required('quoteId'));
  if (order === undefined) return refuse(invalidParameter('quoteId'));
  return { orderId: convertOrderId(order).toString(), createTime: order.timeMs, orderStatus: 'PROCESS' };
}

function orderStatus(call: AccountCall): JsonValue {
  const [orderId, quoteId] = [call.params.text('orderId'), call.params.text('quoteId')];
  if (orderId === undefined && quoteId === undefined) refuse(missingParameter('orderId'));
  const found = call.venue.engine.convert.orders.find((order) => {
    return order.quote.account === call.account && (convertOrderId(order).toString() === orderId || order.quote.id === quoteId);
  });
  const order = found ?? refuse(invalidParameter(orderId === undefined ? 'quoteId' : 'orderId'));
  const { from, to, fromAmount, toAmount } = order.quote;
  return {
    ...{ orderId: convertOrderId(order), orderStatus: 'SUCCESS', fromAsset: from, fromAmount: unitsText(fromAmount) },
    ...{ toAsset: to, toAmount: unitsText(toAmount), ...rates(order.quote), createTime: order.timeMs },
  };
}

export const CONVERT_ENDPOINTS: EndpointTable = {
  'GET /fapi/v1/convert/exchangeInfo': open(20, pairs),
  'POST /fapi/v1/convert/getQuote': signed(50, quote, { mandatory: ['fromAsset', 'toAsset'] }),
  'POST /fapi/v1/convert/acceptQuote': signed(200, accept, { mandatory: ['quoteId'] }),
  'GET /fapi/v1/convert/orderStatus': signed(50, orderStatus),
};
