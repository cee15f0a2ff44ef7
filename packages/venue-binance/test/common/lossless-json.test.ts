import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseLosslessJson } from '../../src/common/lossless-json.ts';

function read(text: string): unknown {
  const result = parseLosslessJson(text);
  if (result.type === 'malformed') throw new Error(result.problem);
  return result.value;
}

describe('lossless JSON', () => {
  it('keeps every digit of long integers as text', () => {
    expect(read('{"orderId":8389765739703626001,"n":-1234567890123456789}')).toEqual({
      orderId: '8389765739703626001',
      n: '-1234567890123456789',
    });
    expect(read('[1234567890123456, 123456789012345]')).toEqual(['1234567890123456', 123456789012345]);
    expect(read('9007199254740993')).toBe('9007199254740993');
  });

  it('leaves strings, fractions and exponents alone', () => {
    const text = '{"a":"id 1234567890123456789","b":0.12345678901234567,"c":1234567890123456789.5,"d":12345678901234567e2,"e":-1.5E+20}';
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('is not confused by quotes and backslashes inside strings', () => {
    expect(read('{"a\\"1":"x\\\\","b":1234567890123456789}')).toEqual({ 'a"1': 'x\\', b: '1234567890123456789' });
    expect(read('{"a":"\\\\\\"1234567890123456789","b":1}')).toEqual({ a: '\\"1234567890123456789', b: 1 });
  });

  it('says so when it is not JSON, and never throws', () => {
    for (const text of ['', '<html>', '{"a":1234567890123456789', '"1234567890123456789', '-', 'undefined']) {
      expect(parseLosslessJson(text).type).toBe('malformed');
    }
  });

  it('agrees with JSON.parse on everything that has no long integers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/(?<![\d.])\d{16,}(?![\d.eE])/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('carries any 64-bit integer anywhere', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), fc.string(), (id, other) => {
        const text = `{"o":${JSON.stringify(other)},"l":[${id}, {"i":${id}}]}`;
        const expected = String(id).length >= 17 || (id >= 0n && String(id).length >= 16) ? String(id) : Number(id);
        expect(read(text)).toEqual({ o: other, l: [expected, { i: expected }] });
      }),
    );
  });

  it('agrees with a parser that sees the source of each number, also where texts look like members', () => {
    const number = fc.oneof(
      fc.bigInt({ min: 10n ** 15n, max: 2n ** 64n }).map(String),
      fc.constantFrom('1234567890123456', '-1234567890123456', '1234567890123456.5', '0.1234567890123456789', '1234567890123456e2', '7'),
    );
    const text = fc
      .array(fc.oneof(fc.constantFrom('"', '\\', ':', ',', '}', '{', '[', 'a', 'Z', '9', '_', ' ', '":', '1234567890123456', '","i":')), {
        maxLength: 8,
      })
      .map((parts) => JSON.stringify(parts.join('')));
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        number,
        text,
        fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(text, tie('json')), { maxLength: 4 })
          .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`),
      ),
    }));
    const isLong = (source: string) => /^-?\d{16,}$/.test(source);
    type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
    const reviver: Reviver = (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && isLong(source) ? source : value;

    fc.assert(
      fc.property(json, (any) => {
        expect(read(any)).toEqual(JSON.parse(any, reviver as Parameters<typeof JSON.parse>[1]));
      }),
      { numRuns: 5_000 },
    );
  });
});
