/** `docs/dependencies.md` has one table row for each third-party dependency of any manifest, at its version, and no other. */
import type { Finding } from './finding.ts';
import { internalTarget, type Workspace } from './workspace.ts';

const PATH = 'docs/dependencies.md';
/** `| [name](https://…) | 1.2.3 | …`, or without the link. */
const ROW = /^\| \[?`?([@\w./-]+)`?\]?(?:\([^)]*\))? \| ([^|]+) \|/;

export function checkDependencyDocs(workspace: Workspace): Finding[] {
  const rows = new Map<string, { readonly version: string; readonly line: number }>();
  const findings: Finding[] = [];
  (workspace.files.get(PATH) ?? '').split('\n').forEach((text, index) => {
    const [, name, version] = ROW.exec(text) ?? [];
    if (name === undefined || version === undefined || !/^\d/.test(version.trim())) return;
    if (rows.has(name)) findings.push({ path: PATH, line: index + 1, message: `${name} has two rows` });
    rows.set(name, { version: version.trim(), line: index + 1 });
  });
  const used = new Map<string, string>();
  for (const manifest of [workspace.rootManifest, ...[...workspace.packages.values()].map((entry) => entry.manifest)]) {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (internalTarget(name) === undefined) used.set(name, version);
    }
  }
  for (const [name, version] of used) {
    const row = rows.get(name);
    if (row === undefined) findings.push({ path: PATH, line: 0, message: `has no row for ${name} ${version}` });
    else if (row.version !== version)
      findings.push({ path: PATH, line: row.line, message: `says ${name} ${row.version}; the manifests say ${version}` });
  }
  for (const [name, { line }] of rows) {
    if (!used.has(name)) findings.push({ path: PATH, line, message: `${name} is no dependency of ours` });
  }
  return findings;
}
