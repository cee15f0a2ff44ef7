/**
 * Messages to bytes and back. What goes out is plain msgpack that any decoder reads: maps with text keys, no floats, no extension types,
 * no nil, large integers as int64. What comes in is checked against its schema; a bad message is a value, never an exception.
 */
import { Packr, Unpackr } from 'msgpackr';
import type { z } from 'zod';
import { Packed, writeMsgpack } from './_msgpack-writer.ts';
import { CATALOG, type MessageData, type MessageType } from './catalog.ts';
import { scanMsgpack } from './codec-scan.ts';
import { type Envelope, envelopeSchema, WIRE_VERSION } from './envelope.ts';
import { type ExactCheck, exactCheck } from './exact-check.ts';
import { MessageError } from './message-error.ts';
import { streamOf } from './topics.ts';

/** Largest encoded message; sockets refuse larger frames too. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export type { Packed } from './_msgpack-writer.ts';

/** A message of one type, validated. */
export type MessageOf<T extends MessageType> = Omit<Envelope, 'type' | 'data'> & { readonly type: T; readonly data: MessageData<T> };
/** Any message of the contract; `type` tells which. */
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType];

export type DecodeCode = 'malformed' | 'unknown-type' | 'unknown-version' | 'invalid' | 'topic-mismatch' | 'oversized';

export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false;
      readonly code: DecodeCode;
      readonly detail: string;
      /** When the envelope is sound and only its `data` is not understood: it took a sequence number and must be counted as seen. */
      readonly envelope?: Envelope;
    };

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const EXACT_ENVELOPE = exactCheck(envelopeSchema);
const EXACT_DATA = Object.fromEntries(Object.entries(CATALOG).map(([type, { schema }]) => [type, exactCheck(schema)])) as Readonly<
  Record<MessageType, ExactCheck>
>;

let sendValidation = false;

/** Tests turn this on: then `encodeEnvelope` also checks `data` against its schema. Off in production: receivers check. */
export function setSendValidation(on: boolean): void {
  sendValidation = on;
}

/**
 * `data`, or parts of it, may have been packed before by `packData`: then these bytes travel as they are.
 * @throws MessageError: the caller built something that has no place on the wire.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { v, type, src, account, epoch, topic, seq, pos, ts, id, cause, data } = envelope;
  const bytes = writeMsgpack({ v, type, src, account, epoch, topic, seq, pos, ts, id, cause, data }, type, 1);
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new MessageError(
      'MSG_OVERSIZED',
      `${envelope.type} on '${envelope.topic}' is ${bytes.length} bytes; at most ${MAX_MESSAGE_BYTES}`,
    );
  }
  if (sendValidation) assertValid(envelope, bytes);
  return bytes;
}

/**
 * `frames`: two (topic, body) from a PUB socket or one (body) from a service socket. `body` alone: one frame, its topic frame optional.
 * Never throws.
 */
export function decodeMessage(input: readonly Uint8Array[] | Uint8Array, topicFrame?: Uint8Array): Decoded {
  if (input instanceof Uint8Array) return decodeBody(input, topicFrame);
  const [first, second] = input;
  if (first === undefined || input.length > 2) return failure('malformed', `${input.length} frames; expected topic and body, or a body`);
  return second === undefined ? decodeBody(first, topicFrame) : decodeBody(second, first);
}

/** Checks an envelope that is no longer bytes, e.g. one out of a replay. Never throws. */
export function checkMessage(raw: unknown): Decoded {
  const version = typeof raw === 'object' && raw !== null ? (raw as { readonly v?: unknown }).v : undefined;
  if (typeof version !== 'number') return failure('malformed', 'not an envelope: no version');
  if (version !== WIRE_VERSION) return failure('unknown-version', `version ${version}; this side speaks ${WIRE_VERSION}`);
  const envelope = checkedEnvelope(raw);
  if (typeof envelope === 'string') return failure('malformed', `envelope: ${envelope}`);
  if (!isMessageType(envelope.type)) return failure('unknown-type', `type '${envelope.type}'`, envelope);
  const { stream, schema } = CATALOG[envelope.type];
  if (!travelsOn(stream, envelope.topic)) {
    return failure('topic-mismatch', `${envelope.type} does not belong on topic '${envelope.topic}'`, envelope);
  }
  if (EXACT_DATA[envelope.type](envelope.data)) return { ok: true, message: envelope as Message };
  const data = schema.safeParse(envelope.data);
  if (!data.success) return failure('invalid', `${envelope.type}: ${explain(data.error)}`, envelope);
  return { ok: true, message: { ...envelope, data: data.data } as Message };
}

/** What is wrong with it, as text. */
function checkedEnvelope(raw: unknown): Envelope | string {
  if (EXACT_ENVELOPE(raw)) return raw as Envelope;
  const parsed = envelopeSchema.safeParse(raw);
  return parsed.success ? (parsed.data as Envelope) : explain(parsed.error);
}

/** Encoded envelope → plain object, unchecked: for rings that hold bytes and answer replays with maps. @throws on foreign bytes. */
export function unpackUnchecked(body: Uint8Array): unknown {
  return unpackr.unpack(body);
}

/** Any plain value as the same msgpack, for what is kept and not sent (journal records). @throws MessageError */
export function packValue(value: unknown): Uint8Array {
  return writeMsgpack(value, 'value', 1);
}

/** A value that goes out more than once, e.g. into the journal and onto the wire: encoded now, and put as it is wherever it stands. */
export function packData(value: unknown): Packed {
  return new Packed(writeMsgpack(value, 'data', 2));
}

/** The inverse of `packValue`, for bytes whose origin is proven. @throws on foreign bytes */
export function unpackValue(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}

/** Any plain value → msgpack, by msgpackr alone: the bare cost beside `encodeEnvelope`, for benches. */
export function packUnchecked(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function isMessageType(type: string): type is MessageType {
  return Object.hasOwn(CATALOG, type);
}

function decodeBody(body: Uint8Array, topicFrame: Uint8Array | undefined): Decoded {
  if (body.length > MAX_MESSAGE_BYTES) return failure('oversized', `${body.length} bytes; at most ${MAX_MESSAGE_BYTES}`);
  const fault = scanMsgpack(body);
  if (fault !== undefined) return failure('malformed', `body: ${fault}`);
  let raw: unknown;
  try {
    raw = unpackr.unpack(body);
  } catch (error) {
    return failure('malformed', `body: ${String(error)}`);
  }
  const decoded = checkMessage(raw);
  if (topicFrame === undefined) return decoded;
  const topic = decoded.ok ? decoded.message.topic : decoded.envelope?.topic;
  if (topic === undefined || sameText(topicFrame, topic)) return decoded;
  return failure('topic-mismatch', `envelope says '${topic}', the topic frame does not`);
}

/** Topics are ASCII, so one character is one byte. */
function sameText(bytes: Uint8Array, text: string): boolean {
  if (bytes.length !== text.length) return false;
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

function travelsOn(stream: string, topic: string): boolean {
  if (stream === 'service') return topic === '';
  return topic !== '' && (stream === '*' || streamOf(topic) === stream);
}

function assertValid(envelope: Envelope, bytes: Uint8Array): void {
  const checked = decodeMessage(bytes);
  if (!checked.ok) throw new MessageError('MSG_INVALID', `${envelope.type}: ${checked.code}: ${checked.detail}`);
}

function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(all)'}: ${issue.message}`)
    .join('; ');
}

function failure(code: DecodeCode, detail: string, envelope?: Envelope): Decoded {
  return envelope === undefined ? { ok: false, code, detail } : { ok: false, code, detail, envelope };
}
