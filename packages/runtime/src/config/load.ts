/** Reads a configuration file by its spec: a typed value, or every fault of the file at once. Pure: text and environment come in. */
import type { ConfigFault, ConfigWarning } from './faults.ts';
import { type IniSection, readSections } from './ini-sections.ts';
import type { ConfigSpec, Finding, FreeKeys, Key, SectionKeys, SpecDraft, SpecSections, SpecValue } from './key.ts';

/** The value of an environment variable, `undefined` when it is unset or empty. */
export type Environment = (name: string) => string | undefined;

export type ConfigResult<V> =
  | { readonly ok: true; readonly value: V; readonly warnings: readonly ConfigWarning[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[]; readonly warnings: readonly ConfigWarning[] };

interface Reading {
  readonly file: string;
  readonly environment: Environment;
  /** In capitals, for `<EXCHANGE>_API_KEY`. */
  readonly exchange: string;
  readonly faults: ConfigFault[];
  readonly warnings: ConfigWarning[];
}

export function loadConfig<P extends SpecSections>(
  spec: ConfigSpec<P>,
  source: string,
  file: string,
  environment: Environment,
): ConfigResult<SpecValue<P>> {
  const { sections, faults, lastLine } = readSections(spec, source, file);
  const exchangeKey = spec.sections.GLOBAL?.keys.EXCHANGE_NAME;
  const usualExchange = exchangeKey?.type === 'key' ? exchangeKey.default : undefined;
  const exchange = sections.get('GLOBAL')?.entries.get('EXCHANGE_NAME')?.value ?? usualExchange ?? '';
  const reading: Reading = { file, environment, exchange: exchange.toUpperCase(), faults: [...faults], warnings: [] };

  const draft: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(spec.sections)) {
    if (part.type === 'section') {
      draft[name] = readKeys(reading, part.keys, sections.get(name) ?? emptySection(name, lastLine));
      continue;
    }
    const named = [...sections.values()].filter((section) => section.name.startsWith(`${name}.`));
    draft[name] = new Map(named.map((section) => [section.name.slice(name.length + 1), readKeys(reading, part.keys, section)]));
  }

  // The draft has exactly the spec's sections; only keys with a fault are absent.
  for (const finding of spec.check(draft as SpecDraft<P>))
    addFinding(reading, spec, finding, sections.get(finding.section) ?? emptySection(finding.section, lastLine));
  const { warnings } = reading;
  if (reading.faults.length > 0) return { ok: false, faults: reading.faults.toSorted((a, b) => a.line - b.line), warnings };
  // Without faults the draft is complete: every key was parsed by its own parser.
  return { ok: true, value: draft as SpecValue<P>, warnings };
}

function readKeys(reading: Reading, keys: SectionKeys, section: IniSection): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(keys)) {
    if (key.type === 'free') {
      values[name] = readFreeKeys(reading, key, section);
      continue;
    }
    const text = settledText(reading, name, key, section);
    if (text === undefined) continue;
    const parsed = key.parse(text);
    if (parsed.ok) {
      values[name] = parsed.value;
      warnOfLater(reading, name, key, section, text);
    } else {
      addFault(reading, section, name, parsed.expected + unitText(key), shown(key, text));
    }
  }
  return values;
}

/** The text that counts: environment, then file, then default; a fault and `undefined` when there is none. */
function settledText(reading: Reading, name: string, key: Key<unknown>, section: IniSection): string | undefined {
  const variable = key.env?.replace('<EXCHANGE>', reading.exchange);
  const override = variable === undefined ? undefined : reading.environment(variable);
  if (override !== undefined) {
    addWarning(reading, section, name, `taken from the environment variable ${variable}, not from the file`);
    return override;
  }
  const entry = section.entries.get(name);
  if (entry !== undefined) return expandVariables(reading, section, name, entry.value);
  if (key.default !== undefined) return key.default;
  addFault(reading, section, name, `${key.expected}${unitText(key)}`, 'nothing: the key is missing and has no default');
  return undefined;
}

const VARIABLE = /\$\{([^}]*)\}/g;

/** `${NAME}` becomes the variable's value; an unset one is a fault that names it. */
function expandVariables(reading: Reading, section: IniSection, name: string, value: string): string | undefined {
  const unset: string[] = [];
  const expanded = value.replace(VARIABLE, (_, variable: string) => {
    const found = reading.environment(variable);
    if (found === undefined) unset.push(variable);
    return found ?? '';
  });
  for (const variable of unset) {
    addFault(reading, section, name, `the environment variable ${variable} to be set`, 'an unset or empty variable');
  }
  return unset.length === 0 ? expanded : undefined;
}

function readFreeKeys(reading: Reading, free: FreeKeys, section: IniSection): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, entry] of section.entries) {
    if (!name.startsWith(free.prefix) || name === free.prefix) continue;
    const value = expandVariables(reading, section, name, entry.value);
    if (value !== undefined) found.set(name.slice(free.prefix.length), value);
  }
  return found;
}

function warnOfLater(reading: Reading, name: string, key: Key<unknown>, section: IniSection, text: string): void {
  if (key.later === undefined || text === key.default) return;
  addWarning(reading, section, name, `has no effect yet. ${key.later}`);
}

function addFinding<P extends SpecSections>(reading: Reading, spec: ConfigSpec<P>, finding: Finding, section: IniSection): void {
  if (finding.severity === 'warning') {
    addWarning(reading, section, finding.key, finding.text);
    return;
  }
  const key = spec.sections[finding.section]?.keys[finding.key];
  const value = section.entries.get(finding.key)?.value;
  const got = value === undefined ? 'the default' : key?.type === 'key' ? shown(key, value) : value;
  addFault(reading, section, finding.key, finding.text, got);
}

function emptySection(name: string, line: number): IniSection {
  return { name, line, entries: new Map() };
}

function addFault(reading: Reading, section: IniSection, key: string, expected: string, got: string): void {
  reading.faults.push({ file: reading.file, line: lineOf(section, key), section: section.name, key, expected, got });
}

function addWarning(reading: Reading, section: IniSection, key: string, message: string): void {
  reading.warnings.push({ file: reading.file, line: lineOf(section, key), section: section.name, key, message });
}

function lineOf(section: IniSection, key: string): number {
  return section.entries.get(key)?.line ?? section.line;
}

function shown(key: Key<unknown>, text: string): string {
  if (text === '') return 'nothing';
  return key.isSecret ? '[secret]' : JSON.stringify(text);
}

function unitText(key: Key<unknown>): string {
  return key.unit === undefined ? '' : ` (${key.unit})`;
}
