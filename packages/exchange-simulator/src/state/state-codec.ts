/**
 * The venue's objects as plain JSON and back. Objects that a built venue has anyway (`parts`) are referred to by name; orders, positions and
 * the like are written once each into a table, and referred to by their place in it. Nothing is dropped silently: what is neither wiring
 * nor known here is an error.
 */
import { type VenueClock, VenueTimer } from '../clock/venue-clock.ts';
import { type Fields, hiddenOf, type Kind, kindOf, MADE_KINDS, publicNames, restoreHidden } from './state-kinds.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

export interface SavedObjects {
  /** Orders, positions, …: `{kind, fields, hidden}`. */
  readonly made: readonly Json[];
  /** The venue's parts by name. */
  readonly parts: JsonObject;
}

/** A state that cannot be read; the message says what is wrong. */
export class BadState extends Error {
  override readonly name = 'BadState';
}

interface Waiting {
  readonly object: object;
  readonly kind: Kind;
}

export class StateWriter {
  readonly #clock: VenueClock;
  readonly #names = new Map<object, string>();
  readonly #places = new Map<object, number>();
  readonly #waiting: Waiting[] = [];

  constructor(clock: VenueClock, parts: ReadonlyMap<string, object>) {
    this.#clock = clock;
    for (const [name, part] of parts) this.#names.set(part, name);
  }

  write(): SavedObjects {
    const parts: Record<string, Json> = {};
    for (const [part, name] of this.#names) parts[name] = this.#state(part, kindOf(part));
    const made: Json[] = [];
    // Writing one may bring up more: they queue behind it.
    for (let at = 0; at < this.#waiting.length; at += 1) {
      const { object, kind } = this.#waiting[at] as Waiting;
      made.push({ kind: kind.name, ...this.#state(object, kind) });
    }
    return { made, parts };
  }

  #state(object: object, kind: Kind): { readonly [name: string]: Json } {
    const fields: Record<string, Json> = {};
    for (const name of publicNames(object, kind)) fields[name] = this.#value((object as Fields)[name], `${kind.name}.${name}`);
    const hidden: Record<string, Json> = {};
    const secret = hiddenOf(object, kind);
    for (const name of Object.keys(secret)) hidden[name] = this.#value(secret[name], `${kind.name}.#${name}`);
    return { fields, hidden };
  }

  #value(value: unknown, where: string): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value)) return value;
        break;
      case 'bigint':
        return { n: value.toString() };
      case 'undefined':
        return { u: 1 };
      case 'object':
        return value === null ? null : this.#object(value, where);
    }
    throw new Error(`${where}: a ${typeof value} cannot be kept in a state`);
  }

  #object(value: object, where: string): Json {
    if (Array.isArray(value)) return value.map((item) => this.#value(item, where));
    if (value instanceof Map) return { m: [...value].map(([key, item]) => [this.#value(key, where), this.#value(item, where)]) };
    if (value instanceof Set) return { s: [...value].map((item) => this.#value(item, where)) };
    if (value instanceof VenueTimer) {
      const { dueUs, order } = this.#clock.saved(value);
      return { t: [dueUs, order] };
    }
    const name = this.#names.get(value);
    if (name !== undefined) return { r: name };
    if (Object.getPrototypeOf(value) === Object.prototype) {
      const members: Record<string, Json> = {};
      for (const [key, item] of Object.entries(value)) if (item !== undefined) members[key] = this.#value(item, `${where}.${key}`);
      return { o: members };
    }
    return { r: this.#place(value, where) };
  }

  #place(object: object, where: string): number {
    const known = this.#places.get(object);
    if (known !== undefined) return known;
    const kind = MADE_KINDS.find((candidate) => object instanceof candidate.type);
    if (kind === undefined) throw new Error(`${where}: no state is known for a ${object.constructor.name}; add it to state-kinds.ts`);
    const place = this.#waiting.length;
    this.#places.set(object, place);
    this.#waiting.push({ object, kind });
    return place;
  }
}

export class StateReader {
  readonly #clock: VenueClock;
  readonly #parts: ReadonlyMap<string, object>;
  readonly #saved: SavedObjects;
  readonly #made: object[] = [];

  constructor(clock: VenueClock, parts: ReadonlyMap<string, object>, saved: SavedObjects) {
    this.#clock = clock;
    this.#parts = parts;
    this.#saved = saved;
  }

  /** Puts the state into the parts. @throws BadState */
  restore(): void {
    const rows = this.#saved.made.map((row) => objectOf(row, 'an object'));
    for (const row of rows) {
      const kind = MADE_KINDS.find(({ name }) => name === row.kind);
      if (kind === undefined) throw new BadState(`it has an object of an unknown kind: ${JSON.stringify(row.kind)}`);
      const fields = objectOf(row.fields, kind.name);
      this.#made.push(kind.make((name) => this.#value(fields[name])));
    }
    rows.forEach((row, place) => {
      const object = this.#made[place] as object;
      this.#fill(object, kindOf(object), row);
    });
    for (const [name, part] of this.#parts) {
      const row = this.#saved.parts[name];
      if (row === undefined) throw new BadState(`it lacks the part '${name}'`);
      this.#fill(part, kindOf(part), objectOf(row, name));
    }
  }

  #fill(object: object, kind: Kind, row: JsonObject): void {
    const fields = objectOf(row.fields, kind.name);
    for (const name of publicNames(object, kind)) {
      if (fields[name] === undefined) throw new BadState(`it lacks ${kind.name}.${name}`);
      (object as Fields)[name] = this.#value(fields[name]);
    }
    const hidden: Fields = {};
    const saved = objectOf(row.hidden, kind.name);
    for (const name of Object.keys(saved)) hidden[name] = this.#value(saved[name]);
    restoreHidden(object, kind, hidden);
  }

  #value(json: Json | undefined): unknown {
    if (json === undefined) throw new BadState('a value is missing');
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return json.map((item) => this.#value(item as Json));
    const entries = Object.entries(json as JsonObject);
    const [tag, value] = entries[0] ?? ['', null];
    switch (tag) {
      case 'n':
        return BigInt(String(value));
      case 'u':
        return undefined;
      case 'm':
        return new Map(listOf(value).map((pair) => [this.#value(listOf(pair)[0]), this.#value(listOf(pair)[1])]));
      case 's':
        return new Set(listOf(value).map((item) => this.#value(item)));
      case 't': {
        const [dueUs, order] = listOf(value);
        return this.#clock.restored({ dueUs: Number(dueUs), order: Number(order) });
      }
      case 'o':
        return Object.fromEntries(Object.entries(objectOf(value, 'a record')).map(([key, item]) => [key, this.#value(item)]));
      case 'r': {
        const found = typeof value === 'number' ? this.#made[value] : this.#parts.get(String(value));
        if (found === undefined) throw new BadState(`it refers to ${JSON.stringify(value)}, which it does not have`);
        return found;
      }
      default:
        throw new BadState(`it has a value of an unknown form: ${JSON.stringify(tag)}`);
    }
  }
}

export function objectOf(json: Json | undefined, what: string): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new BadState(`${what} is not as it should be`);
  return json as JsonObject;
}

function listOf(json: Json | undefined): readonly Json[] {
  if (!Array.isArray(json)) throw new BadState('a list is not as it should be');
  return json as readonly Json[];
}
