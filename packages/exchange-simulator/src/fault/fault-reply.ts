/** How a fault looks from outside: the bytes the client gets instead of, or after, the truth. */
import type { ServerReply } from '@fillwright/runtime/ports';
import type { FaultKind, RequestFaultKind } from './fault-kinds.ts';

const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' } as const;
const HTML_TYPE = { 'content-type': 'text/html' } as const;

function json(status: number, code: number | undefined, msg: string): ServerReply {
  const body = code === undefined ? JSON.stringify({ msg }) : JSON.stringify({ code, msg });
  return { type: 'reply', status, headers: JSON_TYPE, body };
}

function html(status: number, title: string): ServerReply {
  return {
    type: 'reply',
    status,
    headers: HTML_TYPE,
    body: `<html><head><title>${status} ${title}</title></head><body>${title}</body></html>`,
  };
}

/** A drill's ban is a sentence only: the next request is answered again unless the rule strikes it too. */
const BAN_MS = 120_000;

function bannedText(untilMs: number): string {
  return `Way too many requests; IP banned until ${untilMs}. Please use the websocket for live updates to avoid bans.`;
}

const FILLED = /("(?:executedQty|cumQty|cumQuote)":)"[^"]*"/g;
const ENUMS = /("(?:selfTradePreventionMode|V)":)"[^"]*"|("(?:workingType|wt)":)"[^"]*"/g;

/** What an answer or an event says when the truth was bent a little; the text itself for other kinds. */
export function bentText(kind: FaultKind, text: string): string {
  switch (kind) {
    // The answer was put together before the last trade of the order was counted.
    case 'stale-fill':
      return text.replace(FILLED, '$1"0"');
    case 'new-fields':
    case 'event-new-fields':
      return text.replace(/\{(?=")/g, '{"newField":{"of":["the","venue",1]},');
    case 'new-enum':
    case 'event-new-enum':
      return text.replace(ENUMS, (_, mode?: string, working?: string) =>
        mode === undefined ? `${working}"NEW_PRICE"` : `${mode}"EXPIRE_NEW"`,
      );
    default:
      return text;
  }
}

function withRetryAfter(reply: ServerReply, seconds: number): ServerReply {
  return reply.type === 'reply' ? { ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } } : reply;
}

const RATE_LIMITED = json(429, -1003, 'Too many requests. Please use the websocket for live updates to avoid polling the API.');
const MINUTE_MS = 60_000;

const UNKNOWN = json(503, undefined, 'Unknown error, please check your request or try again later.');
const TIMEOUT = json(408, -1007, 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.');
const BAD_GATEWAY = html(502, 'Bad Gateway');
const GATEWAY_TIMEOUT = html(504, 'Gateway Time-out');
const REQUEST_TIMEOUT = html(408, 'Request Timeout');

/** `honest` is what the venue would have answered; it exists when the command was executed. */
export function faultReply(kind: RequestFaultKind, honest: ServerReply | undefined, nowMs: number): ServerReply {
  switch (kind) {
    case 'executed-reply-lost':
    case 'not-executed-reply-lost':
      return { type: 'reset' };
    case 'unknown-executed':
    case 'unknown-not-executed':
    case 'late-execution':
      return UNKNOWN;
    case 'service-unavailable':
      return json(503, undefined, 'Service Unavailable.');
    case 'internal-error':
      return json(503, -1001, 'Internal error; unable to process your request. Please try again.');
    case 'throttled':
      return json(
        503,
        -1008,
        'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.',
      );
    case 'timeout-executed':
    case 'timeout-not-executed':
      return TIMEOUT;
    case 'request-timeout-executed':
    case 'request-timeout-not-executed':
      return REQUEST_TIMEOUT;
    case 'gateway-timeout-executed':
    case 'gateway-timeout-not-executed':
      return GATEWAY_TIMEOUT;
    case 'bad-gateway-executed':
    case 'bad-gateway-not-executed':
      return BAD_GATEWAY;
    case 'forbidden':
      return html(403, 'Forbidden');
    case 'clock-skew':
      return json(400, -1021, 'Timestamp for this request is outside of the recvWindow.');
    case 'maintenance':
      return json(503, -1016, 'This service is no longer available.');
    case 'listen-key-unknown':
      return json(400, -1125, 'This listenKey does not exist.');
    case 'rate-limit':
      return RATE_LIMITED;
    case 'rate-limit-retry-after':
      return withRetryAfter(RATE_LIMITED, Math.ceil((MINUTE_MS - (nowMs % MINUTE_MS)) / 1_000));
    case 'ban':
      return json(418, -1003, bannedText(nowMs + BAN_MS));
    case 'ban-retry-after':
      return withRetryAfter(json(418, -1003, bannedText(nowMs + BAN_MS)), BAN_MS / 1_000);
    case 'empty-body':
      return { type: 'reply', status: 200, headers: JSON_TYPE, body: '' };
    case 'invalid-json':
      return { type: 'reply', status: 200, headers: JSON_TYPE, body: '{"orderId":81234,"symbol":' };
    case 'truncated': {
      const body = honest?.type === 'reply' ? honest.body : '{}';
      return { type: 'truncate', status: 200, body, bytes: Math.floor(body.length / 2) };
    }
    case 'stale-fill':
    case 'new-fields':
    case 'new-enum':
      return honest?.type === 'reply' ? { ...honest, body: bentText(kind, honest.body) } : UNKNOWN;
    case 'filled-first':
    case 'half-filled-first':
    case 'batch-half-refused':
    case 'read-lag':
    case 'stale-depth':
    case 'delay':
    case 'delay-before':
      return honest ?? UNKNOWN;
  }
}
