import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { MAX_DEPTH } from '../src/codec-scan.ts';
import { packData, packValue } from '../src/mod.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const key = fc.oneof(fc.string({ maxLength: 40 }), fc.stringMatching(/^[a-z]{1,12}$/)).filter((text) => text !== '__proto__');
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 80 }) },
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.nat(70_000).map((length) => 'x'.repeat(length)),
  fc
    .constantFrom(31, 32, 63, 64, 255, 256, 65_535, 65_536)
    .chain((length) => fc.constantFrom('y'.repeat(length), `${'z'.repeat(length - 1)}é`)),
);
const integer = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -1, -32, -33, -128, -129, -32_768, -32_769),
  fc.constantFrom(-(2 ** 31), -(2 ** 31) - 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    integer,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, fc.option(tie('value'), { nil: undefined, freq: 8 }), { maxKeys: 20 }),
  ),
}));

/** What the library writes as we promise: integers beyond 32 bits as bigint, no undefined members. */
function forLibrary(any: unknown): unknown {
  if (typeof any === 'number') return any > 0xffffffff || any < -0x80000000 ? BigInt(any) : any;
  if (Array.isArray(any)) return any.map(forLibrary);
  if (typeof any !== 'object' || any === null) return any;
  return Object.fromEntries(Object.entries(any).flatMap(([name, member]) => (member === undefined ? [] : [[name, forLibrary(member)]])));
}

describe('the writer of msgpack', () => {
  it('writes byte for byte what the library writes', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(Buffer.compare(packValue(any), packr.pack(forLibrary(any)))).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes lists and maps of any size', () => {
    for (const size of [15, 16, 65_535, 65_536]) {
      const list = new Array<number>(size).fill(7);
      const map = Object.fromEntries(list.map((seven, index) => [`k${index}`, seven]));
      for (const any of [list, map]) expect(Buffer.compare(packValue(any), packr.pack(any))).toBe(0);
    }
  });

  it('never writes to bytes it has handed out', () => {
    const handedOut = Array.from({ length: 2_000 }, (_, index) => ({ index, bytes: packValue({ index, text: 'x'.repeat(index % 300) }) }));
    for (const { index, bytes } of handedOut) expect(unpackr.unpack(bytes)).toEqual({ index, text: 'x'.repeat(index % 300) });
  });

  it('goes on as before after a value that it refused', () => {
    const before = packValue({ a: 1 });
    expect(() => packValue({ text: 'x'.repeat(9_000), wrong: 0.5 })).toThrow(expect.objectContaining({ code: 'MSG_FLOAT' }));
    expect(unpackr.unpack(packValue({ b: 2 }))).toEqual({ b: 2 });
    expect(unpackr.unpack(before)).toEqual({ a: 1 });
  });

  it('puts what was packed before where it stands, as if it were packed there', () => {
    fc.assert(
      fc.property(value, value, (part, other) => {
        const whole = packValue({ first: other, part, list: [part, other] });
        expect(Buffer.compare(packValue({ first: other, part: packData(part), list: [packData(part), other] }), whole)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is nested too deep', () => {
    let deep: unknown = 1;
    for (let level = 0; level < MAX_DEPTH; level += 1) deep = [deep];
    expect(() => packValue(deep)).not.toThrow();
    expect(() => packValue([deep])).toThrow(expect.objectContaining({ code: 'MSG_UNENCODABLE' }));
  });
});
