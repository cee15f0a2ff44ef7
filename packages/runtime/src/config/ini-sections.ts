/** Sorts the lines of a file into the sections of its spec; whatever has no place there is a fault, with the nearest valid name. */
import { type ConfigFault, nearestName } from './faults.ts';
import { type IniLine, readIniLines } from './ini-lines.ts';
import type { ConfigSpec, SectionKeys, SpecSections } from './key.ts';

export interface IniEntry {
  readonly line: number;
  readonly value: string;
}

export interface IniSection {
  /** As in the file: `GLOBAL`, `ACCOUNT.demo`. */
  readonly name: string;
  readonly line: number;
  readonly entries: Map<string, IniEntry>;
}

export interface IniSections {
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly faults: readonly ConfigFault[];
  readonly lastLine: number;
}

export function readSections<P extends SpecSections>(spec: ConfigSpec<P>, source: string, file: string): IniSections {
  const sections = new Map<string, IniSection>();
  const faults: ConfigFault[] = [];
  const fault = (line: number, section: string, key: string, expected: string, got: string, nearest?: string) => {
    faults.push({ file, line, section, key, expected, got, ...(nearest === undefined ? {} : { nearest }) });
  };
  let current: IniSection | undefined;
  /** After an unknown section its keys are not reported one by one. */
  let skipping = false;

  const lines = readIniLines(source);
  for (const line of lines) {
    if (line.type === 'bad') {
      fault(line.line, current?.name ?? '', '', line.expected, 'a line of another form');
    } else if (line.type === 'section') {
      skipping = keysOf(spec, line.name) === undefined;
      if (skipping) fault(line.line, line.name, '', 'a known section', line.name, nearestSection(spec, line.name));
      current = sections.get(line.name) ?? { name: line.name, line: line.line, entries: new Map() };
      if (!skipping) sections.set(line.name, current);
    } else if (current === undefined) {
      fault(line.line, '', line.key, 'a section such as [GLOBAL] before the first key', line.key);
    } else if (!skipping) {
      addEntry(spec, current, line, fault);
    }
  }
  return { sections, faults, lastLine: Math.max(1, source.split('\n').length) };
}

function addEntry<P extends SpecSections>(
  spec: ConfigSpec<P>,
  section: IniSection,
  line: Extract<IniLine, { type: 'key' }>,
  fault: (line: number, section: string, key: string, expected: string, got: string, nearest?: string) => void,
): void {
  const keys = keysOf(spec, section.name) ?? {};
  const earlier = section.entries.get(line.key);
  if (!hasKey(keys, line.key)) {
    fault(line.line, section.name, line.key, 'a known key', line.key, nearestKey(spec, section.name, keys, line.key));
  } else if (earlier === undefined) {
    section.entries.set(line.key, { line: line.line, value: line.value });
  } else {
    fault(line.line, section.name, line.key, `the key once (it stands in line ${earlier.line} already)`, 'a second one');
  }
}

function keysOf<P extends SpecSections>(spec: ConfigSpec<P>, name: string): SectionKeys | undefined {
  const dot = name.indexOf('.');
  const base = dot < 0 ? name : name.slice(0, dot);
  if (!Object.hasOwn(spec.sections, base)) return undefined;
  const part = spec.sections[base];
  const wantsName = part?.type === 'named';
  return wantsName === dot > 0 && name.length > dot + 1 ? part?.keys : undefined;
}

function hasKey(keys: SectionKeys, name: string): boolean {
  if (Object.hasOwn(keys, name)) return keys[name]?.type === 'key';
  return Object.values(keys).some((key) => key.type === 'free' && name.startsWith(key.prefix) && name.length > key.prefix.length);
}

/** A key that exists under another section is the likeliest meaning; else the closest spelling in this one. */
function nearestKey<P extends SpecSections>(spec: ConfigSpec<P>, section: string, keys: SectionKeys, wrong: string): string | undefined {
  const elsewhere = Object.entries(spec.sections).find(([name, part]) => name !== section && part.keys[wrong]?.type === 'key');
  if (elsewhere !== undefined) return `${wrong} of section [${elsewhere[0]}]`;
  return nearestName(wrong, namesOf(keys));
}

function nearestSection<P extends SpecSections>(spec: ConfigSpec<P>, wrong: string): string | undefined {
  const name = nearestName(wrong.split('.')[0] ?? wrong, Object.keys(spec.sections));
  if (name === undefined) return undefined;
  return spec.sections[name]?.type === 'named' ? `[${name}.some-name]` : `[${name}]`;
}

function namesOf(keys: SectionKeys): readonly string[] {
  return Object.entries(keys).flatMap(([name, key]) => (key.type === 'key' ? [name] : []));
}
