/**
 * A schema as a plain predicate: true only for a value that the schema accepts and gives back as it is. Half the cost of asking the schema,
 * and nothing is copied. False says nothing: then the schema itself decides, adds defaults, drops what it does not know, or explains.
 */
import type { z } from 'zod';

export type ExactCheck = (value: unknown) => boolean;

interface Definition {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
  readonly format?: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly keyType?: Schema;
  readonly valueType?: Schema;
  readonly items?: readonly Schema[];
  readonly rest?: Schema | null;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

interface CheckDefinition {
  readonly check: string;
  readonly pattern?: RegExp;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
}

interface Schema {
  readonly _zod: { readonly def: Definition };
}

/** What this file does not know how to check, it does not accept. */
const NEVER: ExactCheck = () => false;

export function exactCheck(schema: z.ZodType): ExactCheck {
  return compiled(schema as unknown as Schema);
}

function compiled(schema: Schema | undefined): ExactCheck {
  const def = schema?._zod.def;
  switch (def?.type) {
    case 'object':
      return objectCheck(def.shape ?? {});
    case 'string':
      return all((value) => typeof value === 'string', limits(def));
    case 'number':
      return def.format === 'safeint' ? all(Number.isSafeInteger, limits(def)) : NEVER;
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'enum':
      return memberCheck(Object.values(def.entries ?? {}));
    case 'literal':
      return memberCheck(def.values ?? []);
    case 'optional':
    case 'default':
      return compiled(def.innerType);
    case 'array':
      return listCheck(def);
    case 'tuple':
      return def.rest ? NEVER : tupleCheck((def.items ?? []).map(compiled));
    case 'record':
      return recordCheck(compiled(def.keyType), compiled(def.valueType));
    case 'unknown':
      return () => true;
    default:
      return NEVER;
  }
}

/** Undefined when one of them is of a kind not known here. */
function limits(def: Definition): readonly ExactCheck[] | undefined {
  const checks = (def.checks ?? []).map(({ _zod }) => limitCheck(_zod.def));
  return checks.includes(NEVER) ? undefined : checks;
}

function limitCheck({ check, pattern, maximum = 0, minimum = 0, value: bound = 0, inclusive }: CheckDefinition): ExactCheck {
  switch (check) {
    case 'string_format':
      return pattern === undefined || pattern.global || pattern.sticky ? NEVER : (value) => pattern.test(value as string);
    case 'max_length':
      return (value) => (value as string).length <= maximum;
    case 'min_length':
      return (value) => (value as string).length >= minimum;
    case 'greater_than':
      return inclusive ? (value) => (value as number) >= bound : (value) => (value as number) > bound;
    case 'less_than':
      return inclusive ? (value) => (value as number) <= bound : (value) => (value as number) < bound;
    default:
      return NEVER;
  }
}

function all(kind: ExactCheck, checks: readonly ExactCheck[] | undefined): ExactCheck {
  if (checks === undefined) return NEVER;
  const [first, second] = checks;
  if (first === undefined) return kind;
  if (second === undefined) return (value) => kind(value) && first(value);
  return (value) => kind(value) && checks.every((check) => check(value));
}

function memberCheck(members: readonly unknown[]): ExactCheck {
  const known = new Set(members);
  return (value) => known.has(value);
}

/** Every member that must be there, and none that the schema does not name. */
function objectCheck(shape: Readonly<Record<string, Schema>>): ExactCheck {
  const names = Object.keys(shape);
  const checks = names.map((name) => compiled(shape[name]));
  const isOptional = names.map((name) => shape[name]?._zod.def.type === 'optional');
  return (value) => {
    if (!isMap(value)) return false;
    let present = 0;
    for (let index = 0; index < names.length; index += 1) {
      const member = value[names[index] as string];
      if (member === undefined) {
        if (!isOptional[index]) return false;
      } else {
        if (!(checks[index] as ExactCheck)(member)) return false;
        present += 1;
      }
    }
    let count = 0;
    for (const _name in value) count += 1;
    return count === present;
  };
}

function recordCheck(isKey: ExactCheck, isMember: ExactCheck): ExactCheck {
  return (value) => {
    if (!isMap(value)) return false;
    for (const name in value) if (!isKey(name) || !isMember(value[name])) return false;
    return true;
  };
}

function listCheck(def: Definition): ExactCheck {
  const isElement = compiled(def.element);
  const bounds = limits(def);
  if (bounds === undefined) return NEVER;
  return (value) => Array.isArray(value) && bounds.every((fits) => fits(value)) && value.every(isElement);
}

function tupleCheck(checks: readonly ExactCheck[]): ExactCheck {
  return (value) => Array.isArray(value) && value.length === checks.length && checks.every((check, index) => check(value[index]));
}

/** As the reader builds them; other objects are the schema's to judge. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
