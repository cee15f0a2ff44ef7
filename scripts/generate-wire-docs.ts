/** Writes `docs/wire.md` from the message catalog, its schemas and its examples. `--check` writes nothing and fails when it is not current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderWireDocs } from '../packages/messages/src/docs.ts';
import { PORT_PLAN } from '../packages/runtime/src/config/port-plan.ts';

const PAGE = 'docs/wire.md';
const path = join(import.meta.dirname, '..', PAGE);
const page = renderWireDocs(PORT_PLAN);

if (!process.argv.includes('--check')) {
  writeFileSync(path, page);
} else if (readIfPresent() !== page) {
  process.stderr.write(`${PAGE} is not current: run \`npx node scripts/generate-wire-docs.ts\`\n`);
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
