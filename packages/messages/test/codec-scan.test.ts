import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { MAX_DEPTH, scanMsgpack } from '../src/codec-scan.ts';
import { walk } from './_walk.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

/** `levels` lists around nothing. */
function nested(levels: number): Uint8Array {
  return Uint8Array.from([...new Array<number>(levels - 1).fill(0x91), 0x90]);
}

const big = fc.bigInt({ min: -(2n ** 53n - 1n), max: 2n ** 53n - 1n });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.integer(),
    big,
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.string({ unit: fc.constant('x'), minLength: 250, maxLength: 70_000 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 40 }), tie('value'), { maxKeys: 20 }),
  ),
}));

describe('the scan before decoding', () => {
  it('passes whatever an encoder makes of text, integers, booleans, lists and maps', () => {
    fc.assert(
      fc.property(value, (any) => scanMsgpack(packr.pack(any)) === undefined),
      { numRuns: 300 },
    );
  });

  it('finds every prefix of a message truncated', () => {
    const body = packr.pack({ a: [1, -200, 70_000, 2n ** 40n], b: { c: 'x'.repeat(300), d: true }, e: 'é' });
    for (let length = 0; length < body.length; length += 1) expect(scanMsgpack(body.subarray(0, length))).toBe('truncated');
  });

  it('lets through only what an independent walker finds sound, and what the decoder reads without throwing', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      // Mostly types that hold others or text, where the mistakes are.
      fc.array(fc.constantFrom(0x80, 0x81, 0x82, 0x90, 0x92, 0xa0, 0xa1, 0x61, 0xc0, 0xc3, 0xcc, 0xd3, 0xd9, 0xdc, 0xde, 0x00, 0x02), {
        minLength: 1,
        maxLength: 20,
      }),
    );
    fc.assert(
      fc.property(bytes, (raw) => {
        const body = Uint8Array.from(raw);
        if (scanMsgpack(body) !== undefined) return;
        expect(() => unpackr.unpack(body)).not.toThrow();
        const items = (() => {
          try {
            return walk(body);
          } catch (error) {
            // Only text that is not UTF-8 may differ: the decoder mends it, the walker refuses it.
            if ((error as Error).name === 'TypeError') return [];
            throw error;
          }
        })();
        expect(items.filter(({ kind }) => ['float', 'extension', 'binary'].includes(kind))).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
  });

  it('goes as deep as it says and no deeper', () => {
    expect(scanMsgpack(nested(MAX_DEPTH))).toBeUndefined();
    expect(scanMsgpack(nested(MAX_DEPTH + 1))).toBe('nested too deep');
  });

  it.each([
    ['cb3ff8000000000000', 'a float'],
    ['ca3ff80000', 'a float'],
    ['cf0020000000000000', 'an integer beyond 2^53'],
    ['d3ffe0000000000000', 'an integer beyond 2^53'],
    ['d37fffffffffffffff', 'an integer beyond 2^53'],
    ['c40100', 'binary data'],
    ['c1', 'an unused type byte'],
    ['d40000', 'an extension type'],
    ['8101a0', 'a map key that is not text'],
    ['82a16101c3c2', 'a map key that is not text'],
    ['8190a0', 'a map key that is not text'],
    ['ddffffffff', 'truncated'],
    ['dfffffffff', 'truncated'],
    ['dbffffffff', 'truncated'],
    ['0101', '1 bytes after the value'],
    ['9001', '1 bytes after the value'],
  ])('refuses %s', (bytes, fault) => {
    expect(scanMsgpack(hex(bytes))).toBe(fault);
  });

  it.each(['cf001fffffffffffff', 'd3ffe0000000000001', 'df00000001db0000000161dd00000001d3ffffffffffffffff', '9280a0'])(
    'passes %s',
    (bytes) => {
      expect(scanMsgpack(hex(bytes))).toBeUndefined();
    },
  );
});
