/** How files are called, how long they are, and that each says in its first lines what it is for. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

const MAX_LINES = 500;
/** A service's `main.ts` only wires it. */
const MAX_MAIN_LINES = 80;
const CODE = /^(?:packages\/[^/]+\/|scripts\/|test\/|bench\/).*\.(?:ts|mjs)$/;
const FILE_NAME = /^_?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.(?:ts|mjs)$/;
/** Commands work in both spellings, `trading-engine` and `trading_engine`. */
const BIN_NAME = /^_?[a-z]+(?:[-_][a-z]+)*\.mjs$/;
/** Names by kind instead of by domain. */
const VAGUE_FOLDERS = ['utils', 'util', 'helpers', 'types', 'common-utils', 'misc', 'lib'];

export function checkLayout(workspace: Workspace): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of workspace.files) {
    if (!CODE.test(path)) continue;
    for (const message of [...nameFaults(path), ...sizeFaults(path, text), ...headerFaults(path, text)])
      findings.push({ path, line: 0, message });
  }
  return findings;
}

function nameFaults(path: string): string[] {
  const faults: string[] = [];
  const name = posix.basename(path);
  const shape = /^packages\/[^/]+\/bin\//.test(path) ? BIN_NAME : FILE_NAME;
  if (!shape.test(name)) faults.push('file names are kebab-case nouns: order-state.ts, _private.ts, order-state.test.ts');
  if (name === 'index.ts') faults.push('no index.ts; a package has one door, src/mod.ts');
  const vague = path.split('/').find((part) => VAGUE_FOLDERS.includes(part));
  if (vague !== undefined) faults.push(`folder ${vague}/ says a kind, not a subject; name it after what it holds`);
  return faults;
}

function sizeFaults(path: string, text: string): string[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const limit = /^packages\/[^/]+\/src\/main\.ts$/.test(path) ? MAX_MAIN_LINES : MAX_LINES;
  if (lines <= limit || /^\/\/ long: \S/m.test(headOf(text))) return [];
  return [`${lines} lines, more than ${limit}: cut it by ideas, or say why not in the header: \`// long: <reason>\``];
}

function headerFaults(path: string, text: string): string[] {
  if (!path.includes('/src/') || posix.basename(path) === 'mod.ts') return [];
  const start = headOf(text)
    .replace(/^#!.*\n/, '')
    .replace(/^\/\/ long: .*\n/, '');
  return start.startsWith('/**') ? [] : ['the header comment is missing: one or two sentences, what it owns and what it guarantees'];
}

function headOf(text: string): string {
  return text.split('\n').slice(0, 12).join('\n');
}
