/** Tables of fields out of the schemas: name, type, whether it may be absent, meaning. Shapes that recur are described once, by name. */
import type { z } from 'zod';
import * as f from './fields.ts';
import * as account from './schemas/account.ts';
import * as market from './schemas/market.ts';
import * as order from './schemas/order.ts';

/** The part of zod's own description of a schema that is read here. */
interface Definition {
  readonly type: string;
  readonly innerType?: AnySchema;
  readonly defaultValue?: unknown;
  readonly shape?: Readonly<Record<string, AnySchema>>;
  readonly element?: AnySchema;
  readonly items?: readonly AnySchema[];
  readonly valueType?: AnySchema;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly pattern?: RegExp; readonly maximum?: number } } }[];
}
interface AnySchema {
  readonly description?: string | undefined;
  readonly def: Definition;
}

const asAny = (schema: z.ZodType): AnySchema => schema as unknown as AnySchema;

/** Shapes with a section of their own. */
export const SHAPES: readonly { readonly name: string; readonly schema: z.ZodType; readonly about: string }[] = [
  { name: 'Order', schema: order.orderViewSchema, about: 'An order as it stands after its newest change.' },
  { name: 'Fill', schema: order.fillSchema, about: 'A trade of the account, booked once per (account, instrument, tradeId, side).' },
  { name: 'Trigger', schema: order.triggerSchema, about: 'When a conditional order fires.' },
  { name: 'PendingRequest', schema: order.pendingRequestSchema, about: 'A cancel or modify whose outcome is not proven yet.' },
  { name: 'Position', schema: account.positionViewSchema, about: 'A position as the ledger keeps it.' },
  { name: 'StrategyBook', schema: account.strategyBookSchema, about: 'The part of a position that one strategy made.' },
  { name: 'Balance', schema: account.balanceViewSchema, about: 'A wallet balance.' },
  { name: 'Ticker', schema: market.tickerSchema, about: 'Best bid and ask.' },
  { name: 'Depth', schema: market.depthSchema, about: 'The best levels of a book.' },
  { name: 'Mark', schema: market.markSchema, about: 'Mark and index price, funding.' },
  { name: 'Instrument', schema: market.instrumentSchema, about: 'An instrument and its filters.' },
  { name: 'Reason', schema: f.reason, about: 'Why something was refused or ended.' },
];

const SHAPE_NAMES = new Map(SHAPES.map(({ name, schema }) => [asAny(schema).def, name]));

const PATTERN_NAMES: ReadonlyMap<string, string> = new Map(
  [
    [f.decimalText, 'decimal'],
    [f.positiveDecimalText, 'decimal > 0'],
    [f.clientOrderId, 'client order id'],
    [f.anyClientOrderId, 'client order id (any)'],
    [f.venueOrderId, 'venue id'],
    [f.tradeId, 'venue id'],
    [f.instrumentId, 'instrument id'],
    [f.ownerTag, 'owner tag'],
  ].map(([schema, name]) => [String(patternOf(asAny(schema as z.ZodType).def)), name as string]),
);

/** Descriptions that only repeat the type. */
const NOISE = new Set(
  [f.decimalText, f.positiveDecimalText, f.usTimestamp, f.instrumentId, f.clientOrderId].map((s) => asAny(s).description),
);

/** A Markdown table of the members of an object, nested ones by dotted names. */
export function fieldTable(schema: z.ZodType): string {
  const rows = fieldRows(asAny(schema), '');
  if (rows.length === 0) return '*(no fields: an empty map)*';
  return ['| field | type | | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function fieldRows(schema: AnySchema, prefix: string): string[] {
  const rows: string[] = [];
  for (const [name, member] of Object.entries(schema.def.shape ?? {})) {
    const { inner, presence, meaning } = unwrap(member);
    const path = `${prefix}${name}`;
    rows.push(`| \`${path}\` | ${typeName(inner, name)} | ${presence} | ${escaped(NOISE.has(meaning) ? '' : (meaning ?? ''))} |`);
    const list = inner.def.type === 'array' ? inner.def.element : undefined;
    const nested = list ?? inner;
    if (nested.def.type === 'object' && !SHAPE_NAMES.has(nested.def)) rows.push(...fieldRows(nested, `${path}${list ? '[]' : ''}.`));
  }
  return rows;
}

function unwrap(schema: AnySchema): { inner: AnySchema; presence: string; meaning: string | undefined } {
  let inner = schema;
  let presence = '';
  let meaning = schema.description;
  while (inner.def.innerType !== undefined) {
    presence = inner.def.type === 'default' ? `default \`${JSON.stringify(inner.def.defaultValue)}\`` : 'optional';
    inner = inner.def.innerType;
    meaning ??= inner.description;
  }
  return { inner, presence, meaning };
}

function typeName(schema: AnySchema, name: string): string {
  const { def } = schema;
  const shape = SHAPE_NAMES.get(def);
  if (shape !== undefined) return `[${shape}](#${shape.toLowerCase()})`;
  switch (def.type) {
    case 'string':
      return PATTERN_NAMES.get(String(patternOf(def))) ?? (maximumOf(def) === undefined ? 'text' : `text ≤ ${maximumOf(def)}`);
    case 'number':
      return /ts$/i.test(name) ? 'µs' : 'int';
    case 'boolean':
      return 'bool';
    case 'enum':
      return Object.values(def.entries ?? {})
        .map((value) => `\`${value}\``)
        .join(' \\| ');
    case 'literal':
      return (def.values ?? []).map((value) => `\`${JSON.stringify(value)}\``).join(' \\| ');
    case 'array':
      return def.element === undefined ? 'list' : `list of ${typeName(def.element, '')}`;
    case 'tuple':
      return `[${(def.items ?? []).map((item) => typeName(item, '')).join(', ')}]`;
    case 'record':
      return `map: text → ${def.valueType === undefined ? 'any' : typeName(def.valueType, '')}`;
    case 'object':
      return 'map';
    default:
      return 'any';
  }
}

function patternOf(def: Definition): RegExp | undefined {
  return def.checks?.map((check) => check._zod.def.pattern).find((pattern) => pattern !== undefined);
}

function maximumOf(def: Definition): number | undefined {
  return def.checks?.map((check) => check._zod.def.maximum).find((maximum) => maximum !== undefined);
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
