/**
 * Writes `docs/errors.md` from the table of error codes, after holding the table against the sources.
 * `--check` writes nothing and fails when the page is not current; both fail when a code in use has no meaning, or the reverse.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_AREAS, ERROR_CODES } from '../packages/runtime/src/error-codes.ts';
import { checkErrorCodes, type ErrorTable, errorPage, errorUses } from './house/error-usage.ts';
import { findingText, sortFindings } from './house/finding.ts';
import { Compiler } from './house/source-model.ts';
import { loadWorkspace } from './house/workspace.ts';

const PAGE = 'docs/errors.md';
const root = join(import.meta.dirname, '..');
const table: ErrorTable = { areas: ERROR_AREAS, codes: ERROR_CODES };

const compiler = new Compiler(root);
const model = compiler.parse(loadWorkspace(root));
const faults = sortFindings(checkErrorCodes(errorUses(model, table), table)).map(findingText);
compiler.close();

const page = errorPage(table);
if (!process.argv.includes('--check')) {
  writeFileSync(join(root, PAGE), page);
} else if (readIfPresent(join(root, PAGE)) !== page) {
  faults.push(`${PAGE} is not current: run \`npx node scripts/generate-error-docs.ts\``);
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Absent: then it is not current either.
    return undefined;
  }
}
