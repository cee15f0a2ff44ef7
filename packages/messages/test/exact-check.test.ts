import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { exactCheck } from '../src/exact-check.ts';
import { CATALOG, EXAMPLES, envelopeSchema, exampleEnvelope, type MessageType } from '../src/mod.ts';

const TYPES = Object.keys(CATALOG) as MessageType[];
type Tree = Record<string, unknown>;

/** What the schema makes of an example: all defaults filled in. */
function complete(type: MessageType): Tree {
  return CATALOG[type].schema.parse(structuredClone(EXAMPLES[type])) as Tree;
}

/** Every map and list in it, itself included. */
function containers(tree: unknown): Tree[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return [tree as Tree, ...Object.values(tree).flatMap(containers)];
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', '0', '-1.5', '1e5', 'x'.repeat(3_000), 0, -1, 1.5, 2 ** 60, true, [], {}, [['1', '2']], {
    a: 1,
  }),
  fc.string({ maxLength: 5 }),
  fc.integer(),
);

describe('an exact check', () => {
  it.each(TYPES)('accepts a complete %s', (type) => {
    expect(exactCheck(CATALOG[type].schema)(complete(type))).toBe(true);
  });

  it('accepts complete envelopes', () => {
    for (const type of TYPES) expect(exactCheck(envelopeSchema)(exampleEnvelope(type, CATALOG[type].stream))).toBe(true);
  });

  it.each(TYPES)('of %s accepts nothing that the schema refuses or changes', (type) => {
    const { schema } = CATALOG[type];
    const check = exactCheck(schema);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom('drop', 'put', 'add'), junk, (where, which, change, value) => {
        const message = complete(type);
        const all = containers(message);
        const target = all[where % all.length] as Tree;
        const names = Object.keys(target);
        const name = names[which % Math.max(1, names.length)];
        if (Array.isArray(target) && (change === 'add' || name === undefined)) target.push(value);
        else if (change === 'add' || name === undefined) target.more = value;
        else if (change === 'put') target[name] = value;
        else if (Array.isArray(target)) target.pop();
        else delete target[name];
        if (!check(message)) return;
        expect(schema.safeParse(message)).toEqual({ success: true, data: message });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a float', z.number(), 1],
    ['a transformed text', z.string().trim(), 'a'],
    ['a refined text', z.string().refine((text) => text !== 'b'), 'b'],
    ['a union', z.union([z.string(), z.int()]), 'a'],
    ['a date', z.date(), new Date(0)],
    ['a regular expression with a memory', z.string().regex(/a/g), 'a'],
  ] as const)('leaves %s to the schema', (_name, schema, value) => {
    expect(exactCheck(schema)(value)).toBe(false);
  });
});
