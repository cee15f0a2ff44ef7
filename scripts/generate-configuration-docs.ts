/** Writes `docs/configuration.md` from the specs of all processes. `--check` writes nothing and fails when the page is not current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulatorSpec } from '@fillwright/exchange-simulator/config';
import { configurationPage, SERVICE_SPECS } from '@fillwright/runtime';

const PAGE = 'docs/configuration.md';
const path = join(import.meta.dirname, '..', PAGE);
const page = configurationPage([...SERVICE_SPECS, simulatorSpec]);

if (!process.argv.includes('--check')) {
  writeFileSync(path, page);
} else if (readIfPresent() !== page) {
  process.stderr.write(`${PAGE} is not current: run \`npx node scripts/generate-configuration-docs.ts\`\n`);
  process.exitCode = 1;
}

function readIfPresent(): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Absent: then it is not current either.
    return undefined;
  }
}
