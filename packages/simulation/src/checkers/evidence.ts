/**
 * From what the kernel noted (frames, requests, bytes on disk) to what it means, read by the documented formats alone. The witness
 * sees what left a process, not what the process thinks.
 */
import { unpackUnchecked, unpackValue } from '@fillwright/messages';
import type { TraceNote } from '../kernel/trace.ts';

interface Seen {
  readonly us: number;
  /** E.g. `trading-engine`. */
  readonly process: string;
  /** E.g. `trading-engine#2`. */
  readonly incarnation: string;
}

/** An order as journals and the wire show it; only what is judged. */
export interface SeenOrder {
  readonly clientOrderId: string;
  readonly owner: string;
  readonly instrument: string;
  readonly side: string;
  readonly qty: string;
  readonly state: string;
  readonly phase: string;
  readonly filledQty: string;
  readonly reduceOnly?: boolean;
  readonly strategy?: string;
  readonly request?: { readonly type: string; readonly commandId: string; readonly phase: string };
}

export interface SeenFill {
  readonly instrument: string;
  readonly tradeId: string;
  readonly clientOrderId?: string;
  readonly side: string;
  readonly qty: string;
  readonly price: string;
  readonly fee: string;
  readonly synthetic?: true;
  readonly beforeLedger?: true;
}

/** One record of the engine's journal. */
export interface Journaled extends Seen {
  readonly type: 'journaled';
  readonly pos: number;
  readonly record: {
    readonly k: string;
    readonly change?: { readonly change: string; readonly order: SeenOrder; readonly fill?: SeenFill };
    readonly fill?: SeenFill;
    /** A fill that was booked before anybody knew whose it was, and now finds its order. */
    readonly claims?: SeenFill;
    readonly balance?: { readonly asset: string; readonly wallet: string; readonly cause?: string; readonly delta?: string };
    /** Of `owner`. */
    readonly tag?: string;
    readonly src?: string;
    /** Of `mode`. */
    readonly mode?: string;
    readonly why?: string;
    /** Of `boot`. */
    readonly epoch?: number;
  };
}

/** One record of a trader's journal. */
export interface Intended extends Seen {
  readonly type: 'intended';
  readonly record: { readonly k: string; readonly id?: string; readonly command?: { readonly clientOrderId: string } };
}

/** One frame that a PUB socket sent. */
export interface Published extends Seen {
  readonly type: 'published';
  readonly topic: string;
  readonly message: {
    readonly type: string;
    readonly src: string;
    readonly epoch: number;
    readonly topic: string;
    readonly seq: number;
    readonly pos?: number;
    readonly id: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/**
 * One request, as it was handed to the network; of a batch of orders one for each of them. What went over the WebSocket API is shown as the
 * HTTP request that does the same.
 */
export interface Requested extends Seen {
  readonly type: 'requested';
  /** It left with others. */
  readonly isBatched?: true;
  /** It left over the WebSocket API. */
  readonly isFrame?: true;
  readonly method: string;
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
}

/** One line of the venue log. */
export interface VenueLine extends Seen {
  readonly type: 'venue';
  readonly line: Readonly<Record<string, unknown>> & { readonly type: string };
}

export interface Killed extends Seen {
  readonly type: 'killed';
}

/** It wrote a warning into its log. */
export interface Warned extends Seen {
  readonly type: 'warned';
  readonly event: string;
}

/** The disk refused to be written: full, read-only, failed. */
export interface Refused extends Seen {
  readonly type: 'refused';
}

export type Evidence = Journaled | Intended | Published | Requested | VenueLine | Killed | Warned | Refused;

/** Bytes before the payload of a journal record: checksum 4, length 4, hash 16, position 8. */
const RECORD_HEAD = 32;
const SEGMENT_HEAD = 40;
const SEGMENT_MAGIC = 'FWJOURN';
const WARNING = 'log.warn ';
const TOPIC = /^[a-z]+\.[A-Z]+\..*\.$/;

/** Empty for a note that says nothing to the witness. */
export function evidenceOf(note: TraceNote): readonly Evidence[] {
  const { us, who, what, detail } = note;
  const hash = who.lastIndexOf('#');
  const seen = { us, incarnation: who, process: hash < 0 ? who : who.slice(0, hash) };
  if (what === 'killed') return [{ ...seen, type: 'killed' }];
  if (what.startsWith(WARNING)) return [{ ...seen, type: 'warned', event: what.slice(WARNING.length) }];
  if (what === 'disk.refused') return [{ ...seen, type: 'refused' }];
  if (what === 'http.request') return requested(seen, String(detail));
  if (what === 'ws.text') return commanded(seen, String(detail));
  if (typeof detail === 'string') return [];
  if (what.startsWith('disk.append journal/')) {
    return recordsIn(detail).map(({ pos, payload }) => ({
      ...seen,
      type: 'journaled',
      pos,
      record: unpackValue(payload) as Journaled['record'],
    }));
  }
  if (what.startsWith('disk.append intents/')) {
    return recordsIn(detail).map(({ payload }) => ({ ...seen, type: 'intended', record: unpackValue(payload) as Intended['record'] }));
  }
  if (what.startsWith('disk.append venue')) return linesIn(detail).map((line) => ({ ...seen, type: 'venue', line }));
  if (TOPIC.test(what)) return [{ ...seen, type: 'published', topic: what, message: unpackUnchecked(detail) as Published['message'] }];
  return [];
}

function requested(seen: Seen, text: string): readonly Requested[] {
  const [head = '', body = ''] = text.split('\n', 2);
  const [method = '', target = ''] = head.split(' ', 2);
  const url = new URL(target);
  const params = new Map([...new URLSearchParams(body), ...url.searchParams]);
  const request: Requested = { ...seen, type: 'requested', method, path: url.pathname, params };
  const batch = params.get('batchOrders');
  if (batch === undefined) return [request];
  const orders = JSON.parse(batch) as readonly Readonly<Record<string, string>>[];
  return orders.map((order) => ({ ...request, params: new Map([...params, ...Object.entries(order)]), isBatched: true }));
}

/** Methods of the WebSocket API that change orders, and what does the same over HTTP. */
const COMMANDS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  'order.place': ['POST', '/fapi/v1/order'],
  'order.modify': ['PUT', '/fapi/v1/order'],
  'order.cancel': ['DELETE', '/fapi/v1/order'],
  'algoOrder.place': ['POST', '/fapi/v1/algoOrder'],
  'algoOrder.cancel': ['DELETE', '/fapi/v1/algoOrder'],
};
const COMMAND = /^\{"id":"[^"]*","method":"([A-Za-z.]+)","params":/;

function commanded(seen: Seen, text: string): readonly Requested[] {
  const command = COMMANDS[COMMAND.exec(text)?.[1] ?? ''];
  if (command === undefined) return [];
  // Numbers of orders have 19 digits.
  const { params } = JSON.parse(text.replace(/:(\d{16,})/g, ':"$1"')) as { readonly params: Readonly<Record<string, unknown>> };
  const asText = Object.entries(params).map(([name, value]) => [name, String(value)] as const);
  return [{ ...seen, type: 'requested', method: command[0], path: command[1], params: new Map(asText), isFrame: true }];
}

interface RawRecord {
  readonly pos: number;
  readonly payload: Uint8Array;
}

function recordsIn(detail: Uint8Array): readonly RawRecord[] {
  const bytes = Buffer.from(detail.buffer, detail.byteOffset, detail.length);
  const records: RawRecord[] = [];
  let at = bytes.subarray(0, SEGMENT_MAGIC.length).toString('latin1') === SEGMENT_MAGIC ? SEGMENT_HEAD : 0;
  while (at + RECORD_HEAD <= bytes.length) {
    const length = bytes.readUInt32LE(at + 4);
    const end = at + RECORD_HEAD + length;
    // A torn write: what is not whole was never journaled.
    if (end > bytes.length) break;
    records.push({ pos: Number(bytes.readBigUInt64LE(at + 24)), payload: bytes.subarray(at + RECORD_HEAD, end) });
    at = end;
  }
  return records;
}

function linesIn(detail: Uint8Array): readonly VenueLine['line'][] {
  const lines = Buffer.from(detail).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as VenueLine['line']);
}
