/** The building blocks of a configuration file's description: keys, sections, and the value types that follow from them. */

/** The outcome of reading one value; `expected` completes the sentence "expected …". */
export type ParsedValue<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

/** What the socket behind an endpoint key is, for `zmq-test` and the documentation. */
export type EndpointRole = 'bind-publisher' | 'bind-service' | 'connect-subscriber' | 'connect-service';

export interface KeyOptions {
  /** What the key means: one or two sentences. */
  readonly doc: string;
  /** When to change it. */
  readonly when: string;
  /** As it would stand in the file; absent = the key must be set. */
  readonly default?: string;
  /** `ms`, `per second`, … */
  readonly unit?: string;
  /** An environment variable that wins over the file; `<EXCHANGE>` in it stands for `[GLOBAL] EXCHANGE_NAME`. */
  readonly env?: string;
  /** Endpoints only: the process works without whoever is there. `zmq-test` says so, and does not fail. */
  readonly mayBeAbsent?: true;
  /** Set when the effect comes with a later release: what will then happen. A value other than the default is warned of at start. */
  readonly later?: string;
}

export interface Key<T> extends KeyOptions {
  readonly type: 'key';
  /** What a value looks like: "an integer from 1 to 20". */
  readonly expected: string;
  /** Never shown in faults, warnings or documentation. */
  readonly isSecret: boolean;
  readonly role?: EndpointRole;
  readonly parse: (text: string) => ParsedValue<T>;
}

/** Free keys with a common prefix (`PARAM_SPREAD_TICKS`), handed on as text under the rest of their names. */
export interface FreeKeys {
  readonly type: 'free';
  readonly prefix: string;
  readonly doc: string;
  readonly when: string;
}

export type SectionKeys = Readonly<Record<string, Key<unknown> | FreeKeys>>;

export interface Section<K extends SectionKeys> {
  readonly type: 'section';
  readonly doc: string;
  readonly keys: K;
}

/** A section that stands any number of times, each with its own name: `[ACCOUNT.demo]`, `[ACCOUNT.second]`. */
export interface NamedSections<K extends SectionKeys> {
  readonly type: 'named';
  readonly doc: string;
  readonly keys: K;
}

export type SpecSections = Readonly<Record<string, Section<SectionKeys> | NamedSections<SectionKeys>>>;

export type SectionValue<K extends SectionKeys> = {
  readonly [N in keyof K]: K[N] extends Key<infer T> ? T : K[N] extends FreeKeys ? ReadonlyMap<string, string> : never;
};

type PartValue<P> =
  P extends NamedSections<infer K> ? ReadonlyMap<string, SectionValue<K>> : P extends Section<infer K> ? SectionValue<K> : never;

type PartDraft<P> = P extends Section<infer K> ? Partial<SectionValue<K>> : PartValue<P>;

/** The whole file, typed: `config.ZMQ.SERVICE_ENDPOINT`; named sections are maps in the order of the file. */
export type SpecValue<P extends SpecSections> = { readonly [N in keyof P]: PartValue<P[N]> };

/** The file as far as it could be read: what cross checks work on, so that they report beside all other faults. */
export type SpecDraft<P extends SpecSections> = { readonly [N in keyof P]: PartDraft<P[N]> };

/** What a cross check found. */
export interface Finding {
  readonly severity: 'fault' | 'warning';
  readonly section: string;
  readonly key: string;
  /** For a fault completes "expected …"; for a warning the whole sentence. */
  readonly text: string;
}

export interface ConfigSpec<P extends SpecSections = SpecSections> {
  /** The process whose file this is, e.g. `trading-engine`. */
  readonly process: string;
  readonly doc: string;
  readonly sections: P;
  /** A method, so that specs of different processes can stand in one list; it is only ever called with a draft of its own spec. */
  check(draft: SpecDraft<P>): readonly Finding[];
}

/** The value type of a spec. */
export type ConfigOf<S> = S extends ConfigSpec<infer P> ? SpecValue<P> : never;

export function section<K extends SectionKeys>(doc: string, keys: K): Section<K> {
  return { type: 'section', doc, keys };
}

export function namedSections<K extends SectionKeys>(doc: string, keys: K): NamedSections<K> {
  return { type: 'named', doc, keys };
}

export function freeKeys(prefix: string, options: { readonly doc: string; readonly when: string }): FreeKeys {
  return { type: 'free', prefix, ...options };
}

/** A whole file. `check` sees the draft after every key was read, and may be left out. */
export function configSpec<P extends SpecSections>(spec: {
  readonly process: string;
  readonly doc: string;
  readonly sections: P;
  readonly check?: (draft: SpecDraft<P>) => readonly Finding[];
}): ConfigSpec<P> {
  return { check: () => [], ...spec };
}
