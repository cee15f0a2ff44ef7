/** What `npm ci` fetches is what was locked, and of all that could run code while it installs only the named ones may. */
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

interface LockEntry {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

/** `node` puts the binary of the platform in place; docs/dependencies.md says so of no other. */
const MAY_RUN: readonly string[] = ['node'];

export function checkSupplyChain(workspace: Workspace): Finding[] {
  const lock = JSON.parse(workspace.files.get('package-lock.json') ?? '{}') as { readonly packages?: Readonly<Record<string, LockEntry>> };
  const manifest = JSON.parse(workspace.files.get('package.json') ?? '{}') as { readonly allowScripts?: Readonly<Record<string, boolean>> };
  const allowed = manifest.allowScripts ?? {};
  const findings: Finding[] = [];
  const scripted = new Set<string>();
  for (const [place, entry] of Object.entries(lock.packages ?? {})) {
    const at = place.lastIndexOf('node_modules/');
    if (at < 0 || entry.link === true) continue;
    const name = place.slice(at + 'node_modules/'.length);
    if (!/^sha(?:256|384|512)-/.test(entry.integrity ?? ''))
      findings.push({ path: 'package-lock.json', line: 0, message: `${place} has no integrity hash: anything could come in its place` });
    if (entry.hasInstallScript === true) scripted.add(name);
  }
  const say = (message: string) => findings.push({ path: 'package.json', line: 0, message: `allowScripts ${message}` });
  for (const name of scripted) if (!Object.hasOwn(allowed, name)) say(`does not say whether ${name} may run its install script`);
  for (const [name, may] of Object.entries(allowed)) {
    if (!scripted.has(name)) say(`names ${name}, which has no install script`);
    if (may && !MAY_RUN.includes(name)) say(`lets ${name} run its install script; ${MAY_RUN.join(', ')} alone may`);
  }
  return findings;
}
