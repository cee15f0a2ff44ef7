/** How a request fault looks from outside: the bytes the client gets instead of, or after, the truth. */
import type { ServerReply } from '@fillwright/runtime/ports';
import type { RequestFaultKind } from './fault-desk.ts';

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
    case 'rate-limit':
      return json(429, -1003, 'Too many requests. Please use the websocket for live updates to avoid polling the API.');
    case 'ban':
      return json(418, -1003, bannedText(nowMs + BAN_MS));
    case 'empty-body':
      return { type: 'reply', status: 200, headers: JSON_TYPE, body: '' };
    case 'invalid-json':
      return { type: 'reply', status: 200, headers: JSON_TYPE, body: '{"orderId":81234,"symbol":' };
    case 'truncated': {
      const body = honest?.type === 'reply' ? honest.body : '{}';
      return { type: 'truncate', status: 200, body, bytes: Math.floor(body.length / 2) };
    }
    // The answer was put together before the last trade of the order was counted.
    case 'stale-fill':
      return honest?.type === 'reply' ? { ...honest, body: honest.body.replace(FILLED, '$1"0"') } : UNKNOWN;
    case 'delay':
    case 'delay-before':
      return honest ?? UNKNOWN;
  }
}
