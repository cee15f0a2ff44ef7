/** A text frame of a public stream → what it says about one symbol of USDⓈ-M futures. */

import type { InstrumentId, TradeId } from '@fillwright/domain';
import type { MarketEvents } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import type { DepthDiff } from '../common/local-book.ts';
import { parseLosslessJson } from '../common/lossless-json.ts';
import { malformed, type Parsed, parsed } from '../common/parsed.ts';
import { parseDepthDiff } from './depth.ts';

type Argument<K extends 'onTicker' | 'onTrade' | 'onMark'> = Parameters<MarketEvents[K]>[0];

export type MarketFrame =
  | { readonly type: 'ticker'; readonly ticker: Argument<'onTicker'> }
  | { readonly type: 'trade'; readonly trade: Argument<'onTrade'> }
  | { readonly type: 'mark'; readonly mark: Argument<'onMark'> }
  | { readonly type: 'depth'; readonly instrument: InstrumentId; readonly diff: DepthDiff }
  /** Nothing for us: an answer to a subscription, another event type, a COIN-margined row. */
  | { readonly type: 'skipped'; readonly event: string };

/** Since June 2026 streams may carry rows of both products: 1 = USDⓈ-M, 2 = COIN-M. */
const COIN_MARGINED = 2;

export function readMarketFrame(text: string): Parsed<MarketFrame> {
  const json = parseLosslessJson(text);
  if (json.type === 'malformed') return json;
  const wrapper = json.value as { readonly stream?: unknown; readonly data?: unknown } | null;
  const raw = typeof wrapper?.stream === 'string' ? wrapper.data : json.value;
  const fields = new Fields(raw, 'market event');
  if (fields.problem !== undefined) return malformed(fields.problem);
  if (fields.raw('st') === COIN_MARGINED) return skipped('coin-margined');
  const event = fields.textOrEmpty('e');
  switch (event) {
    case 'bookTicker':
      return mapped(readTicker(fields), (ticker) => ({ type: 'ticker', ticker }));
    case 'depthUpdate': {
      const instrument = fields.instrument('s');
      return mapped(parseDepthDiff(fields), (diff) => ({ type: 'depth', instrument, diff }));
    }
    case 'aggTrade':
      return mapped(readTrade(fields), (trade) => ({ type: 'trade', trade }));
    case 'markPriceUpdate':
      return mapped(readMark(fields), (mark) => ({ type: 'mark', mark }));
    default:
      return skipped(event === '' ? 'answer' : event);
  }
}

function mapped<T>(result: Parsed<T>, frame: (value: T) => MarketFrame): Parsed<MarketFrame> {
  return result.type === 'malformed' ? result : parsed(frame(result.value));
}

function skipped(event: string): Parsed<MarketFrame> {
  return parsed({ type: 'skipped', event });
}

function readTicker(fields: Fields): Parsed<Argument<'onTicker'>> {
  return fields.result({
    instrument: fields.instrument('s'),
    bid: fields.decimal('b'),
    bidQty: fields.decimal('B'),
    ask: fields.decimal('a'),
    askQty: fields.decimal('A'),
    venueTs: fields.has('T') ? fields.time('T') : fields.time('E'),
  });
}

function readTrade(fields: Fields): Parsed<Argument<'onTrade'>> {
  if (typeof fields.raw('m') !== 'boolean') fields.reject('m must be true or false');
  return fields.result({
    instrument: fields.instrument('s'),
    tradeId: fields.id('a') as TradeId,
    price: fields.decimal('p'),
    qty: fields.decimal('q'),
    // m = the buyer was the maker.
    aggressor: fields.raw('m') === true ? ('sell' as const) : ('buy' as const),
    venueTs: fields.time('T'),
  });
}

function readMark(fields: Fields): Parsed<Argument<'onMark'>> {
  return fields.result({
    instrument: fields.instrument('s'),
    mark: fields.decimal('p'),
    index: fields.decimal('i'),
    // Empty on delivery contracts, which have no funding.
    fundingRate: fields.decimalOrZero('r'),
    nextFundingTs: fields.time('T'),
    venueTs: fields.time('E'),
  });
}
