import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import {
  CATALOG,
  checkMessage,
  decodeMessage,
  type Envelope,
  EXAMPLES,
  encodeEnvelope,
  exampleEnvelope,
  MAX_MESSAGE_BYTES,
  type MessageType,
  packValue,
  setSendValidation,
} from '../src/mod.ts';
import { walk } from './_walk.ts';

const TYPES = Object.keys(CATALOG) as MessageType[];
const ticker = exampleEnvelope('market.ticker', 'ticker');
const plain = new Packr({ useRecords: false });

function example(type: MessageType): Envelope {
  return exampleEnvelope(type, CATALOG[type].stream);
}

function codeOf(input: Uint8Array, topic?: string): string {
  const decoded = decodeMessage(input, topic === undefined ? undefined : Buffer.from(topic));
  return decoded.ok ? 'ok' : decoded.code;
}

describe('every message type', () => {
  beforeAll(() => setSendValidation(true));
  afterAll(() => setSendValidation(false));

  it('has an example, and no example is of an unknown type', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual([...TYPES].sort());
  });

  it.each(TYPES)('%s survives the wire', (type) => {
    const envelope = example(type);
    const decoded = decodeMessage([Buffer.from(envelope.topic), encodeEnvelope(envelope)]);

    if (!decoded.ok) throw new Error(`${decoded.code}: ${decoded.detail}`);
    expect(decoded.message).toMatchObject(JSON.parse(JSON.stringify(envelope)));
  });

  it.each(TYPES)('%s is made of text, integers, booleans, lists and maps only', (type) => {
    const items = walk(encodeEnvelope(example(type)));

    expect(items.filter((item) => ['nil', 'float', 'extension', 'binary'].includes(item.kind))).toEqual([]);
    for (const item of items) {
      if (item.kind !== 'integer' || item.value === undefined) continue;
      const fitsIn32Bits = BigInt(item.value) < 2n ** 32n && BigInt(item.value) >= -(2n ** 31n);
      expect({ value: item.value, isInt64: item.typeByte === 0xd3 }).toEqual({ value: item.value, isInt64: !fitsIn32Bits });
    }
  });
});

describe('encoding', () => {
  const envelope = (data: unknown): Envelope => ({ ...ticker, data });

  it('drops members that are undefined instead of writing nil', () => {
    const items = walk(encodeEnvelope(envelope({ a: undefined, b: 1 })));

    expect(items.some((item) => item.kind === 'nil' || item.value === 'a')).toBe(false);
    expect(items.some((item) => item.value === 'b')).toBe(true);
  });

  it.each([0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])('refuses the number %p as our own bug', (value) => {
    expect(() => encodeEnvelope(envelope({ deep: [{ value }] }))).toThrow(expect.objectContaining({ code: 'MSG_FLOAT' }));
    expect(() => encodeEnvelope({ ...ticker, seq: value })).toThrow(expect.objectContaining({ code: 'MSG_FLOAT' }));
  });

  it.each([[null], [new Date(0)], [new Map()], [5n], [() => 1], [new Uint8Array(1)], [Symbol('x')]])('refuses %p', (value) => {
    expect(() => encodeEnvelope(envelope({ value }))).toThrow(expect.objectContaining({ code: 'MSG_UNENCODABLE' }));
  });

  it('refuses what is larger than a socket takes', () => {
    expect(() => encodeEnvelope(envelope({ text: 'x'.repeat(MAX_MESSAGE_BYTES) }))).toThrow(
      expect.objectContaining({ code: 'MSG_OVERSIZED' }),
    );
  });

  it('checks data against its schema only when told to', () => {
    const wrong = envelope({ bid: 'cheap' });
    expect(() => encodeEnvelope(wrong)).not.toThrow();

    setSendValidation(true);
    try {
      expect(() => encodeEnvelope(wrong)).toThrow(expect.objectContaining({ code: 'MSG_INVALID' }));
    } finally {
      setSendValidation(false);
    }
  });

  it('writes text that is not valid Unicode so that strict decoders still read it', () => {
    expect(() => walk(encodeEnvelope(envelope({ short: '\ud800', long: `${'x'.repeat(100)}\udfff` })))).not.toThrow();
  });

  it.each([
    [2 ** 32 - 1, 0xce],
    [2 ** 32, 0xd3],
    [-(2 ** 31), 0xd2],
    [-(2 ** 31) - 1, 0xd3],
    [Number.MAX_SAFE_INTEGER, 0xd3],
    [Number.MIN_SAFE_INTEGER, 0xd3],
  ])('writes %p as type byte %p', (value, typeByte) => {
    const items = walk(encodeEnvelope(envelope({ value })));
    expect(items.at(-1)).toEqual({ kind: 'integer', typeByte, value: BigInt(value) });
  });

  it('gives back every safe integer as it was', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const decoded = decodeMessage(encodeEnvelope({ ...ticker, type: 'no.such', data: { value } }));
        expect(decoded.ok ? undefined : decoded.envelope?.data).toEqual({ value });
      }),
    );
  });
});

describe('decoding', () => {
  const body = encodeEnvelope(ticker);
  const changed = (change: Record<string, unknown>): Uint8Array => plain.pack({ ...ticker, ts: BigInt(ticker.ts), ...wide(change) });

  function wide(change: Record<string, unknown>): Record<string, unknown> {
    const data = change.data ?? { ...ticker.data, venueTs: BigInt(ticker.data.venueTs), receivedTs: BigInt(ticker.data.receivedTs) };
    return { ...change, data };
  }

  it('accepts two frames, one frame, and a bare body', () => {
    expect(decodeMessage([Buffer.from(ticker.topic), body]).ok).toBe(true);
    expect(decodeMessage([body]).ok).toBe(true);
    expect(decodeMessage(body).ok).toBe(true);
    expect(codeOf(changed({}))).toBe('ok');
  });

  it.each([[[]], [[body, body, body]]])('calls a wrong number of frames malformed', (frames) => {
    expect(decodeMessage(frames)).toMatchObject({ ok: false, code: 'malformed' });
  });

  it('names what is wrong by code', () => {
    expect(codeOf(Buffer.from('not msgpack'))).toBe('malformed');
    expect(codeOf(plain.pack([1, 2]))).toBe('malformed');
    expect(codeOf(changed({ v: 2 }))).toBe('unknown-version');
    expect(codeOf(changed({ type: 'market.moon' }))).toBe('unknown-type');
    expect(codeOf(changed({ type: 'toString' }))).toBe('unknown-type');
    expect(codeOf(changed({ data: { bid: 1 } }))).toBe('invalid');
    expect(codeOf(changed({ epoch: 0 }))).toBe('malformed');
    expect(codeOf(changed({ topic: 'order.BINANCE.main.' }))).toBe('topic-mismatch');
    expect(codeOf(body, 'ticker.BINANCE.main.ETHUSDT-PERP.')).toBe('topic-mismatch');
    expect(codeOf(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toBe('oversized');
    expect(codeOf(changed({ data: { ...ticker.data, venueTs: 1.5 } }))).toBe('malformed');
    expect(codeOf(changed({ data: 2n ** 53n }))).toBe('malformed');
    expect(codeOf(changed({ data: -(2n ** 53n) }))).toBe('malformed');
    expect(codeOf(changed({ cause: null }))).toBe('malformed');
  });

  it('hands over the envelope of a message it does not understand, so that its sequence number still counts', () => {
    expect(decodeMessage(changed({ type: 'market.moon' }))).toMatchObject({
      ok: false,
      envelope: { seq: ticker.seq, epoch: ticker.epoch },
    });
  });

  it('ignores members that a newer sender added', () => {
    expect(codeOf(changed({ trace: 'abc' }))).toBe('ok');
  });

  it('fills in defaults the sender left out', () => {
    const decoded = decodeMessage(encodeEnvelope(exampleEnvelope('command.place', 'command')));
    expect(decoded).toMatchObject({ ok: true, message: { data: { reduceOnly: false, closePosition: false } } });
  });

  it.each([
    ['a list that claims four billion items', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map that claims four billion entries', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['a text longer than the body', [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['lists nested a hundred thousand deep', new Array<number>(100_000).fill(0x91)],
    ['a record definition', [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61]],
    ['nothing', []],
    ['a reserved byte', [0xc1]],
    ['binary', [0xc4, 0x01, 0x00]],
    ['a map with a number as key', [0x81, 0x01, 0x01]],
    ['two values', [0x01, 0x01]],
  ])('survives %s', (_name, bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('malformed');
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodeMessage(bytes).ok === false));
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), (at, value) => {
        const broken = Uint8Array.from(body);
        broken[at] = value;
        const decoded = decodeMessage(broken);
        return decoded.ok || decoded.detail.length > 0;
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.nat(body.length - 1), (length) => decodeMessage(body.subarray(0, length)).ok === false));
  });

  it('checks envelopes that are no longer bytes', () => {
    expect(checkMessage(ticker)).toMatchObject({ ok: true, message: { type: 'market.ticker' } });
    expect(checkMessage('ticker')).toMatchObject({ ok: false, code: 'malformed' });
    expect(checkMessage(null)).toMatchObject({ ok: false, code: 'malformed' });
  });
});

it('does not cut small messages from the buffer of a large one', () => {
  packValue({ text: 'x'.repeat(1_000_000) });
  expect(packValue({ text: 'small' }).buffer.byteLength).toBeLessThanOrEqual(65_536);
});
