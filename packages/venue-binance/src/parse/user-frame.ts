/**
 * A text frame of the private stream → what it says. Frames that drive state and cannot be read become `unreadable`; event types
 * nobody needs are `skipped` by name, so that a new one is seen and counted, never silently lost.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { VenueEvent } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import { parseLosslessJson } from '../common/lossless-json.ts';
import { describe, type Parsed } from '../common/parsed.ts';
import { parseAccountUpdate } from './account-update.ts';
import { parseAlgoUpdate } from './algo-update.ts';
import { type FeeAssetOf, parseOrderUpdate } from './order-update.ts';

export type UserFrame =
  | { readonly type: 'events'; readonly events: readonly VenueEvent[] }
  /** Nothing more comes on this stream. */
  | { readonly type: 'expired' }
  /** `known` = on our list of events that say nothing to us. */
  | { readonly type: 'skipped'; readonly event: string; readonly known: boolean };

/** Strategies of the venue's app; answers to SUBSCRIBE; the deprecated twin of ALGO_UPDATE `rm`. */
const SKIPPED = ['STRATEGY_UPDATE', 'GRID_UPDATE', 'CONDITIONAL_ORDER_TRIGGER_REJECT'];

export function readUserFrame(text: string, feeAssetOf: FeeAssetOf): UserFrame {
  const json = parseLosslessJson(text);
  if (json.type === 'malformed') return unreadable(json.problem);
  const raw = unwrapped(json.value);
  const event = (raw as { readonly e?: unknown } | null)?.e;
  if (typeof event !== 'string') return isSubscribeAnswer(raw) ? skipped('answer', true) : unreadable(`no event type: ${describe(raw)}`);
  switch (event) {
    case 'ORDER_TRADE_UPDATE':
      return events(parseOrderUpdate(raw, feeAssetOf));
    case 'ACCOUNT_UPDATE':
      return events(parseAccountUpdate(raw));
    case 'ALGO_UPDATE':
      return events(parseAlgoUpdate(raw));
    case 'TRADE_LITE':
      return events(parseTradeLite(raw));
    case 'listenKeyExpired':
      return { type: 'expired' };
    case 'MARGIN_CALL':
      return notice('MARGIN_CALL', raw, ['cw', 'p']);
    case 'ACCOUNT_CONFIG_UPDATE':
      return notice('ACCOUNT_CONFIG_UPDATE', raw, ['ac', 'ai']);
    default:
      return skipped(event, SKIPPED.includes(event));
  }
}

/** `{stream, data}` of a combined connection, or the event itself. */
function unwrapped(raw: unknown): unknown {
  const wrapper = raw as { readonly stream?: unknown; readonly data?: unknown } | null;
  return typeof wrapper?.stream === 'string' && wrapper.data !== undefined ? wrapper.data : raw;
}

function isSubscribeAnswer(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'id' in raw && ('result' in raw || 'error' in raw);
}

function events(result: Parsed<readonly VenueEvent[]>): UserFrame {
  return result.type === 'malformed' ? unreadable(result.problem) : { type: 'events', events: result.value };
}

function unreadable(text: string): UserFrame {
  return { type: 'events', events: [{ type: 'unreadable', text }] };
}

function skipped(event: string, known: boolean): UserFrame {
  return { type: 'skipped', event, known };
}

/** A hint that something traded. */
function parseTradeLite(raw: unknown): Parsed<readonly VenueEvent[]> {
  const fields = new Fields(raw, 'TRADE_LITE');
  const hint = { type: 'trade-hint', clientOrderId: fields.text('c'), instrument: fields.instrument('s') } as const;
  return fields.result([hint]);
}

/** For people: what the venue said, in its own words, shortened. */
function notice(code: string, raw: unknown, names: readonly string[]): UserFrame {
  const fields = new Fields(raw, code);
  const said = names.filter((name) => fields.has(name)).map((name) => `${name} ${describe(fields.raw(name))}`);
  return { type: 'events', events: [{ type: 'notice', code, text: said.join(' '), venueTs: eventTime(fields) }] };
}

function eventTime(fields: Fields): UsTime {
  const venueTs = fields.time('E');
  return fields.problem === undefined ? venueTs : usTime(0);
}
