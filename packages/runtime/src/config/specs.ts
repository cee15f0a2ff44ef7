/** The processes whose files this package describes, and which of them a given file is for. */
import { readIniLines } from './ini-lines.ts';
import type { ConfigSpec } from './key.ts';
import { engineSpec } from './keys/engine.ts';
import { marketServerSpec } from './keys/market-server.ts';
import { positionServerSpec } from './keys/position-server.ts';
import { traderSpec } from './keys/trader.ts';

export const SERVICE_SPECS: readonly ConfigSpec[] = [marketServerSpec, engineSpec, positionServerSpec, traderSpec];

/** The spec that knows most of the file's keys; `undefined` when none knows any. */
export function specOfFile(source: string, specs: readonly ConfigSpec[] = SERVICE_SPECS): ConfigSpec | undefined {
  let section = '';
  const names: (readonly [section: string, key: string])[] = [];
  for (const line of readIniLines(source)) {
    if (line.type === 'section') section = line.name.split('.')[0] ?? '';
    if (line.type === 'key') names.push([section, line.key]);
  }
  let best: ConfigSpec | undefined;
  let most = 0;
  for (const spec of specs) {
    const known = names.filter(([part, key]) => spec.sections[part]?.keys[key] !== undefined).length;
    if (known <= most) continue;
    best = spec;
    most = known;
  }
  return best;
}
