/** The catalogue of failures: each row names tests that exist under that name, or says why the failure does not apply to us. */
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

export const CATALOGUE_PATH = 'docs/failure-catalogue.md';

/** `` `trading-engine/order/dispatcher` › a cancel › passes while everything else is held back `` */
const TEST = /^`([a-z0-9/-]+)` › (.+)$/;
const NOT_OURS = /^does not apply: \S.{10,}$/;
const COLUMNS = 3;

/** What a cell of the last column says, one by one. */
function claims(cell: string): readonly string[] {
  return cell.split('<br>').map((claim) => claim.trim());
}

function rowsOf(page: string): readonly { readonly line: number; readonly cells: readonly string[] }[] {
  return page.split('\n').flatMap((text, index) => {
    if (!text.startsWith('| ') || /^\| (---|what goes wrong)/.test(text)) return [];
    const cells = text.split('|').slice(1, -1);
    return [{ line: index + 1, cells: cells.map((cell) => cell.trim()) }];
  });
}

/** `domain/order/order-machine` is in that package, `process/kill` in the tests of the root. */
function testFile(workspace: Workspace, name: string): string | undefined {
  const [head = '', ...rest] = name.split('/');
  const tail = rest.join('/');
  const places = [`packages/${head}/test/${tail}.test.ts`, `packages/${head}/test/${tail}.ts`, `test/${name}.test.ts`];
  return places.find((path) => workspace.files.has(path));
}

/** Names stand in a test file as whole literals, or as the text of a template up to its first value. */
function isNamed(source: string, name: string): boolean {
  const plain = source.replaceAll("\\'", "'");
  return ["'", '"', '`'].some((quote) => plain.includes(`${quote}${name}${quote}`));
}

function claimFault(workspace: Workspace, claim: string): string | undefined {
  if (NOT_OURS.test(claim)) return undefined;
  const [, file, names] = TEST.exec(claim) ?? [];
  if (file === undefined || names === undefined) return `"${claim}" is neither \`file\` › test nor "does not apply: reason"`;
  const path = testFile(workspace, file);
  const source = path === undefined ? undefined : workspace.files.get(path);
  if (source === undefined) return `there is no test file ${file}`;
  const missing = names.split(' › ').find((name) => !isNamed(source, name));
  return missing === undefined ? undefined : `${path} has no "${missing}"`;
}

export function checkFailureCatalogue(workspace: Workspace): Finding[] {
  const page = workspace.files.get(CATALOGUE_PATH);
  if (page === undefined) return [{ path: CATALOGUE_PATH, line: 0, message: 'is missing' }];
  const findings: Finding[] = [];
  for (const { line, cells } of rowsOf(page)) {
    const [wrong, right, shown] = cells;
    if (cells.length !== COLUMNS || !wrong || !right || !shown) {
      findings.push({ path: CATALOGUE_PATH, line, message: 'a row says what goes wrong, what we do, and which test shows it' });
      continue;
    }
    for (const claim of claims(shown)) {
      const message = claimFault(workspace, claim);
      if (message !== undefined) findings.push({ path: CATALOGUE_PATH, line, message });
    }
  }
  return findings;
}
