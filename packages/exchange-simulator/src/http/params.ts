/** Parameters of one request: form pairs of query and body (the query wins), read with the venue's own refusals. */
import { type Amount, parseAmount } from '../numbers/units.ts';
import { emptyParameter, illegalCharacters, invalidParameter, missingParameter, refuse } from '../order/refusal.ts';

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // a stray percent sign: taken literally, the check of the value refuses it
  }
}

function addPairs(into: Map<string, string>, form: string): void {
  // Most forms have nothing to decode: looked at once, not for each part.
  const part = form.includes('%') || form.includes('+') ? decoded : asIs;
  for (let from = 0; from < form.length; ) {
    const end = form.indexOf('&', from);
    const till = end < 0 ? form.length : end;
    const equals = form.indexOf('=', from);
    const split = equals < 0 || equals > till ? till : equals;
    const name = part(form.slice(from, split));
    if (name !== '' && !into.has(name)) into.set(name, part(form.slice(Math.min(split + 1, till), till)));
    from = till + 1;
  }
}

function asIs(text: string): string {
  return text;
}

const INTEGER = /^\d{1,19}$/;
/** Parameters that some clients send in lower case: ccxt the lists, node-binance-api the algo id. */
const ALSO_LOWER: ReadonlyMap<string, string> = new Map(
  ['algoId', 'orderIdList', 'origClientOrderIdList'].map((name) => [name, name.toLowerCase()]),
);

export class Params {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  static ofForms(query: string, body: string): Params {
    const values = new Map<string, string>();
    addPairs(values, query);
    if (!body.startsWith('{') && !body.startsWith('[')) addPairs(values, body);
    return new Params(values);
  }

  /** Sent, even if empty. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** `undefined` when it was not sent or is empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name) ?? this.#values.get(ALSO_LOWER.get(name) ?? name);
    return value === '' ? undefined : value;
  }

  required(name: string): string {
    return this.text(name) ?? refuse(missingParameter(name));
  }

  /** Refuses the request when one of these is missing or empty. */
  demand(names: readonly string[]): void {
    for (const name of names) {
      if (this.text(name) !== undefined) continue;
      refuse(this.#values.get(name) === '' ? emptyParameter(name) : missingParameter(name));
    }
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!INTEGER.test(value)) refuse(illegalCharacters(name, '^[0-9]{1,20}$'));
    return Number(value);
  }

  bigInteger(name: string): bigint | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!INTEGER.test(value)) refuse(illegalCharacters(name, '^[0-9]{1,20}$'));
    return BigInt(value);
  }

  amount(name: string): Amount | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    return parseAmount(value) ?? refuse(illegalCharacters(name, '^([0-9]{1,20})(\\.[0-9]{1,20})?$'));
  }

  requiredAmount(name: string): Amount {
    return this.amount(name) ?? refuse(missingParameter(name));
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value === 'true') return true;
    return value === 'false' ? false : refuse(invalidParameter(name));
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    return values.find((candidate) => candidate === value) ?? refuse(invalidParameter(name));
  }

  /** `limit` as everywhere on this venue: a default and a maximum. */
  limit(standard: number, most: number): number {
    const value = this.integer('limit') ?? standard;
    if (value < 1 || value > most) refuse(invalidParameter('limit'));
    return value;
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}
