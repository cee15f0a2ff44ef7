/** The sections of the INI file about faults: rules by name, and a storm by seed. */
import { kinds, type SectionValue } from '@fillwright/runtime';
import { FAULT_KINDS } from '../fault/fault-kinds.ts';
import { INCIDENT_KINDS, isIncidentKind } from '../fault/storm-incidents.ts';
import type { SimulatorOptions } from './options.ts';

const { decimalNumber, integer, milliseconds, oneOf, optional, text, textList } = kinds;

function narrowing(doc: string) {
  return optional(text({ doc: `${doc}; empty = any.`, when: 'To strike less.' }));
}

export const FAULT_KEYS = {
  KIND: oneOf([...FAULT_KINDS], { doc: 'What goes wrong.', when: 'For each rule.' }),
  METHOD: narrowing('Only requests with this method; WS for the WS-API'),
  PATH: narrowing('Only requests for this path; the name of the method on the WS-API'),
  SYMBOL: narrowing('Only what concerns this symbol'),
  ACCOUNT: narrowing('Only what concerns this account'),
  EVENT: narrowing('Only user events of this type'),
  COUNT: optional(integer({ doc: 'How often at most; empty = for ever.', when: 'For faults that pass.', min: 1, max: 1_000_000_000 })),
  PROBABILITY: decimalNumber({
    doc: 'Of each that matches, by seed.',
    when: 'For faults now and then.',
    default: '1',
    min: '0.000001',
    max: '1',
  }),
  DELAY_MS: milliseconds({
    doc: 'How late, for kinds that know a delay.',
    when: 'Together with such a kind.',
    default: '0',
    min: 0,
    max: 600_000,
  }),
};

export const STORM_KEYS = {
  PER_MINUTE: integer({ doc: 'Faults a minute on average, by seed; 0 = none.', when: 'For a bad day.', default: '0', min: 0, max: 6_000 }),
  KINDS: textList({
    doc: 'Which kinds; empty = all.',
    when: 'To leave some out.',
    default: '',
    pattern: new RegExp(`^(?:${INCIDENT_KINDS.join('|')})$`),
    expected: 'a comma-separated list of kinds of faults',
  }),
};

export function faultOptions(sections: ReadonlyMap<string, SectionValue<typeof FAULT_KEYS>>): SimulatorOptions['faults'] {
  return [...sections.values()].map(({ KIND, METHOD, PATH, SYMBOL, ACCOUNT, EVENT, COUNT, PROBABILITY, DELAY_MS }) => ({
    ...{ kind: KIND, probability: PROBABILITY.toNumber(), delayMs: DELAY_MS, left: COUNT },
    ...(METHOD === undefined ? {} : { method: METHOD }),
    ...(PATH === undefined ? {} : { path: PATH }),
    ...(SYMBOL === undefined ? {} : { symbol: SYMBOL }),
    ...(ACCOUNT === undefined ? {} : { account: ACCOUNT }),
    ...(EVENT === undefined ? {} : { event: EVENT }),
  }));
}

export function stormOptions({ PER_MINUTE, KINDS }: SectionValue<typeof STORM_KEYS>): SimulatorOptions['storm'] {
  return { perMinute: PER_MINUTE, kinds: KINDS.filter(isIncidentKind) };
}
