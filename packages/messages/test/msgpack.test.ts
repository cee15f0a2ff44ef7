import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { MAX_DEPTH, readMsgpack } from '../src/msgpack-reader.ts';
import { writeMsgpack } from '../src/msgpack-writer.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** As msgpackr has to be given it: int64 as bigint. */
function forMsgpackr(value: unknown): unknown {
  if (typeof value === 'number') return value > 0xffffffff || value < -0x80000000 ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(forMsgpackr);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, forMsgpackr(member)]));
}

const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -40, max: 300 }), fc.integer({ min: -0x1_0100, max: 0x1_0100 }));
const text = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.string({ unit: fc.constant('x'), minLength: 200, maxLength: 300 }),
  fc.string({ unit: fc.constant('ü'), minLength: 30, maxLength: 40_000 }),
);
const key = fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => name !== '__proto__');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    integer,
    text,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20 }),
  ),
}));

/** `levels` lists around nothing. */
function nested(levels: number): unknown {
  let list: unknown[] = [];
  for (let level = 1; level < levels; level += 1) list = [list];
  return list;
}

describe('writing', () => {
  it('gives byte for byte what msgpackr gives', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(Buffer.from(writeMsgpack(any)).toString('hex')).toBe(packr.pack(forMsgpackr(any)).toString('hex'));
      }),
      { numRuns: 500 },
    );
  });

  it('never changes bytes it gave out', () => {
    const given = Array.from({ length: 2_000 }, (_, index) => writeMsgpack({ index, text: 'x'.repeat(index % 400) }));
    given.forEach((bytes, index) => {
      expect(unpackr.unpack(bytes)).toEqual({ index, text: 'x'.repeat(index % 400) });
    });
  });

  it('goes on after a value it refused', () => {
    expect(() => writeMsgpack(['x'.repeat(300), 0.5])).toThrow(expect.objectContaining({ code: 'MSG_FLOAT' }));
    expect(unpackr.unpack(writeMsgpack({ a: 1 }))).toEqual({ a: 1 });
  });

  it('goes as deep as a reader does', () => {
    expect(readMsgpack(writeMsgpack(nested(MAX_DEPTH)))).toMatchObject({ ok: true });
    expect(() => writeMsgpack(nested(MAX_DEPTH + 1))).toThrow(expect.objectContaining({ code: 'MSG_UNENCODABLE' }));
  });
});

describe('reading', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(value, (any) => expect(readMsgpack(writeMsgpack(any))).toEqual({ ok: true, value: any })),
      { numRuns: 500 },
    );
  });

  it('reads every width of what other encoders write', () => {
    const wide = Buffer.from('df00000001db0000000161dd00000001d3ffffffffffffffff', 'hex');
    expect(readMsgpack(wide)).toEqual({ ok: true, value: { a: [-1] } });
    expect(readMsgpack(Buffer.from('cf001fffffffffffff', 'hex'))).toEqual({ ok: true, value: Number.MAX_SAFE_INTEGER });
    expect(readMsgpack(Buffer.from('c0', 'hex'))).toEqual({ ok: true, value: null });
  });

  it.each([
    ['cb3ff8000000000000', 'a float'],
    ['cf0020000000000000', 'an integer beyond 2^53'],
    ['d3ffe0000000000000', 'an integer beyond 2^53'],
    ['c40100', 'binary data'],
    ['c1', 'an unused type byte'],
    ['d40000', 'an extension type'],
    ['8101a0', 'a map key that is not text'],
    ['81a95f5f70726f746f5f5f80', 'a map key __proto__'],
    ['92a0', 'truncated'],
    ['a3aabb', 'truncated'],
    ['ce0000', 'truncated'],
    ['d30000', 'truncated'],
    ['0101', '1 bytes after the value'],
  ])('refuses %s', (hex, fault) => {
    expect(readMsgpack(Buffer.from(hex, 'hex'))).toEqual({ ok: false, fault });
  });

  it('agrees with msgpackr on whatever bytes both can read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const read = readMsgpack(bytes);
        if (read.ok) expect(read.value).toEqual(unpackr.unpack(bytes));
      }),
      { numRuns: 20_000 },
    );
  });

  it('keeps texts apart that share a place in its memory', () => {
    const words = Array.from({ length: 5_000 }, (_, index) => `w${index % 3_000}`);
    for (const word of words) expect(readMsgpack(writeMsgpack({ [word]: word }))).toEqual({ ok: true, value: { [word]: word } });
  });
});
