/** The fields that the exchange's own connector declares for answers and frames; its types are generated from the documentation. */
import { readFileSync } from 'node:fs';
import type { Loose } from './kit.ts';

const TYPES = new URL('../../../node_modules/@binance/derivatives-trading-usds-futures/dist/index.d.ts', import.meta.url);

/** By interface; REST and WS-API use some names twice. */
const declared = new Map<string, string[][]>();
for (const [, name = '', body = ''] of readFileSync(TYPES, 'utf8').matchAll(/^interface (\w+)(?:\$\d)? \{\n([\s\S]*?)^\}/gm)) {
  const fields = [...body.matchAll(/^\s+'?(\w+)'?\??: /gm)].map(([, field = '']) => field);
  declared.set(name, [...(declared.get(name) ?? []), fields]);
}

/** What the answer (or the first of a list) lacks of the interface that it is nearest to. */
export function missingFields(type: string, answer: Loose, optional: readonly string[]): string[] {
  const first = Array.isArray(answer) ? answer[0] : answer;
  const lacks = (declared.get(type) ?? []).map((fields) => fields.filter((field) => !(field in first) && !optional.includes(field)));
  return lacks.sort((a, b) => a.length - b.length)[0] ?? [`no interface ${type}`];
}
