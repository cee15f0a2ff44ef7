/** Nothing in the tree ties it to one machine: the lock file names no registry, no file names a path of whoever wrote it. */
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * A lock file with addresses pins everyone to one registry; integrity hashes suffice (links to our own packages stay). One that lacks
 * the binaries of other platforms makes `npm ci` fail, and it comes about unseen when the registry in use does not carry them.
 */
export function checkLockFile(workspace: Workspace): Finding[] {
  const path = 'package-lock.json';
  const text = workspace.files.get(path);
  if (text === undefined) return [{ path, line: 0, message: 'is missing; `npm ci` needs it' }];
  const entries = (JSON.parse(text) as { readonly packages?: Readonly<Record<string, LockEntry>> }).packages ?? {};
  const findings: Finding[] = [];
  for (const [place, entry] of Object.entries(entries)) {
    if (entry.resolved?.includes('://') === true) {
      const message = `${place} names a registry host; write the lock file with omit-lockfile-registry-resolved=true`;
      findings.push({ path, line: 0, message });
    }
    const absent = Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isLocked(entries, place, name));
    if (absent.length === 0) continue;
    findings.push({
      path,
      line: 0,
      message: `${place} needs ${absent.join(', ')}, which have no entry: \`npm ci\` will fail on a clean checkout`,
    });
  }
  return findings;
}

/** Whether what `place` calls `name` is found the way Node looks for it: beside it, then further up. */
function isLocked(entries: Readonly<Record<string, LockEntry>>, place: string, name: string): boolean {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (Object.hasOwn(entries, folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`)) return true;
    if (folder === '') return false;
  }
}

/** Absolute paths below a working folder or somebody's home; put together here so that this file does not name them itself. */
const MACHINE_PATHS = new RegExp(
  ['work', 'root', 'home/[a-z][a-z0-9_-]*', 'Users/[A-Za-z][\\w-]*'].map((path) => `(?<![\\w./~-])/${path}/`).join('|'),
);

export function checkMachineTraces(workspace: Workspace): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of workspace.files) {
    text.split('\n').forEach((line, index) => {
      const match = MACHINE_PATHS.exec(line);
      if (match !== null) findings.push({ path, line: index + 1, message: `names a path of one machine: ${match[0]}` });
    });
  }
  return findings;
}
