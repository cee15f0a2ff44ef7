import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { SERVICE_SPECS } from '../../src/config/specs.ts';

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Keys whose whole effect is in reading the file: what is refused or warned of there. */
const SETTLED_AT_LOAD: ReadonlySet<string> = new Set(['TESTNET_MODE', 'PRIVATE_CHANNELS', 'ENABLE_PRIVATE_WEBSOCKET']);

function sourceBelow(folder: string): string {
  return readdirSync(join(PACKAGES, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(PACKAGES, folder, name), 'utf8'))
    .join('\n');
}

describe('no key is silently ignored', () => {
  const startup = sourceBelow('runtime/src/process');

  it.each(SERVICE_SPECS.map((spec) => [spec.process, spec] as const))('by the %s', (process, spec) => {
    const words = new Set(`${startup}\n${sourceBelow(`${process}/src`)}`.match(/\w+/g));
    const unread: string[] = [];
    const readAlready: string[] = [];
    for (const [section, part] of Object.entries(spec.sections)) {
      for (const [name, key] of Object.entries(part.keys)) {
        const isLater = key.type === 'key' && key.later !== undefined;
        if (!words.has(name) && !isLater && !SETTLED_AT_LOAD.has(name)) unread.push(`[${section}] ${name}`);
        if (words.has(name) && isLater) readAlready.push(`[${section}] ${name}`);
      }
    }

    // A key that nobody reads says so in the documentation and at start (`later`); once it is read, that has to go.
    expect({ unread, readAlready }).toEqual({ unread: [], readAlready: [] });
  });
});
