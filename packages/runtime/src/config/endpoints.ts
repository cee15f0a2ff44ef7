/** Every endpoint that a loaded file names, with what stands behind it: the work list of `zmq-test`. */
import type { EndpointRole, SpecSections } from './key.ts';

export interface NamedEndpoint {
  readonly section: string;
  readonly key: string;
  readonly endpoint: string;
  readonly role: EndpointRole;
  /** The process works without whoever is there. */
  readonly mayBeAbsent?: true;
}

/** In the order of the spec; of a list one row each; optional ones that are absent are left out. */
export function endpointsOf(
  spec: { readonly sections: SpecSections },
  config: Readonly<Record<string, unknown>>,
): readonly NamedEndpoint[] {
  const rows: NamedEndpoint[] = [];
  for (const [section, part] of Object.entries(spec.sections)) {
    const values = config[section];
    if (part.type !== 'section' || typeof values !== 'object' || values === null) continue;
    for (const [key, description] of Object.entries(part.keys)) {
      if (description.type !== 'key' || description.role === undefined) continue;
      const value: unknown = Object.entries(values).find(([name]) => name === key)?.[1];
      for (const endpoint of Array.isArray(value) ? value : [value]) {
        if (typeof endpoint === 'string')
          rows.push({ section, key, endpoint, role: description.role, ...(description.mayBeAbsent && { mayBeAbsent: true }) });
      }
    }
  }
  return rows;
}
