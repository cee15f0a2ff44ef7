/** Nothing in the tree ties it to one machine: the lock file names no registry, no file names a path of whoever wrote it. */
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

/** A lock file with addresses pins everyone to one registry; integrity hashes suffice. Links to our own packages stay. */
export function checkLockFile(workspace: Workspace): Finding[] {
  const path = 'package-lock.json';
  const text = workspace.files.get(path);
  if (text === undefined) return [{ path, line: 0, message: 'is missing; `npm ci` needs it' }];
  const findings: Finding[] = [];
  text.split('\n').forEach((line, index) => {
    if (/"resolved":\s*"[^"]*:\/\//.test(line)) {
      findings.push({
        path,
        line: index + 1,
        message: 'names a registry host; write the lock file with omit-lockfile-registry-resolved=true',
      });
    }
  });
  return findings;
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
