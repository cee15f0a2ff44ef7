import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { renderWireDocs } from '../src/docs.ts';
import { fieldTable } from '../src/docs-schema.ts';
import * as f from '../src/fields.ts';
import { CATALOG } from '../src/mod.ts';
import { orderViewSchema } from '../src/schemas/order.ts';

describe('the wire documentation', () => {
  const page = renderWireDocs([{ process: 'p', key: 'SERVICE_ENDPOINT', port: 1, transport: 'zmq', carries: 'c' }]);

  it('has a section for every message type, with its fields and an example', () => {
    for (const [type, { schema }] of Object.entries(CATALOG)) {
      const section = page.split(`### \`${type}\`\n`)[1]?.split('\n### ')[0] ?? '';
      for (const field of Object.keys(schema.shape)) expect(section).toContain(`\`${field}\``);
      expect(section).toContain('```json');
    }
  });

  it('links only to sections that exist', () => {
    const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, text]) => text?.toLowerCase()));
    for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(target);
  });

  it('leaves no type unnamed', () => {
    const anyTypes = page.split('\n').filter((line) => line.startsWith('| `') && line.includes('| any |'));
    expect(anyTypes).toEqual([expect.stringContaining('`data`')]);
  });

  it('says of each field its type, whether it may be absent, and what it means', () => {
    const schema = z.object({
      price: f.positiveDecimalText.optional().describe('limit only'),
      flag: z.boolean().default(false),
      sentTs: f.usTimestamp,
      list: z.array(z.object({ n: z.int() })).describe('a | b'),
      order: orderViewSchema,
    });
    expect(fieldTable(schema).split('\n').slice(2)).toEqual([
      '| `price` | decimal > 0 | optional | limit only |',
      '| `flag` | bool | default `false` |  |',
      '| `sentTs` | µs |  |  |',
      '| `list` | list of map |  | a \\| b |',
      '| `list[].n` | int |  |  |',
      '| `order` | [Order](#order) |  |  |',
    ]);
  });
});
