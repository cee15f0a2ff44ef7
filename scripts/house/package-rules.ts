/** Manifests: each package looks alike, declares exactly what it uses, at one version for the whole house, and no two need each other. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { cyclesOf } from './import-direction.ts';
import type { SourceModel } from './source-model.ts';
import { internalName, internalTarget, type PackageFolder, packageOf, type Workspace } from './workspace.ts';

export function checkPackages(workspace: Workspace, model: SourceModel): Finding[] {
  const packages = [...workspace.packages.values()];
  return [
    ...packages.flatMap((entry) => checkShape(workspace, entry)),
    ...checkDeclared(workspace, model),
    ...checkVersions(workspace),
    ...checkPackageCycles(workspace, model),
  ];
}

function checkShape(workspace: Workspace, entry: PackageFolder): Finding[] {
  const { folder, manifest, manifestPath } = entry;
  const findings: Finding[] = [];
  const expect = (holds: boolean, message: string): void => {
    if (!holds) findings.push({ path: manifestPath, line: 0, message });
  };
  expect(manifest.name === internalName(folder), `name must be ${internalName(folder)}`);
  expect(manifest.type === 'module', 'type must be "module"');
  expect(manifest.private, 'private must be true');
  expect(manifest.license === workspace.rootManifest.license, `license must be ${workspace.rootManifest.license}`);
  expect(manifest.exports['.'] === './src/mod.ts', 'exports["."] must be ./src/mod.ts');
  for (const [door, target] of Object.entries(manifest.exports)) {
    const path = posix.join('packages', folder, target);
    expect(workspace.files.has(path), `exports["${door}"] names ${path}, which does not exist`);
  }
  expect(workspace.files.has(`packages/${folder}/README.md`), 'the package has no README.md');
  return findings;
}

/** `@scope/name/deep` → `@scope/name`. */
function distributionOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function checkDeclared(workspace: Workspace, model: SourceModel): Finding[] {
  const findings: Finding[] = [];
  const used = new Map<string, Set<string>>();
  const rootNames = Object.keys({ ...workspace.rootManifest.dependencies, ...workspace.rootManifest.devDependencies });
  for (const module of model.modules) {
    const folder = packageOf(module.path);
    const manifest = folder === undefined ? undefined : workspace.packages.get(folder)?.manifest;
    const inSrc = module.path.includes('/src/');
    const declared = new Set(Object.keys(manifest?.dependencies ?? {}));
    if (!inSrc) for (const name of [...rootNames, ...Object.keys(manifest?.devDependencies ?? {})]) declared.add(name);
    for (const { specifier, line } of module.references) {
      if (specifier.startsWith('.') || isBuiltin(specifier)) continue;
      const name = distributionOf(specifier);
      if (folder !== undefined) used.set(folder, (used.get(folder) ?? new Set()).add(name));
      // What lies at the root sees every package; a package may look at itself.
      const own = internalTarget(specifier);
      if (own !== undefined && (folder === undefined || own.folder === folder)) continue;
      if (!declared.has(name)) {
        const place = folder === undefined ? 'package.json' : `packages/${folder}/package.json`;
        findings.push({ path: module.path, line, message: `${name} is used but not declared in ${place}` });
      }
    }
  }
  for (const { folder, manifest, manifestPath } of workspace.packages.values()) {
    const unused = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      (name) => used.get(folder)?.has(name) !== true,
    );
    if (unused.length > 0)
      findings.push({ path: manifestPath, line: 0, message: `declared but imported nowhere in the package: ${unused.join(', ')}` });
  }
  return findings;
}

function checkVersions(workspace: Workspace): Finding[] {
  const findings: Finding[] = [];
  const first = new Map<string, { readonly version: string; readonly path: string }>();
  for (const { manifest, manifestPath } of [
    { manifest: workspace.rootManifest, manifestPath: 'package.json' },
    ...workspace.packages.values(),
  ]) {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        findings.push({ path: manifestPath, line: 0, message: `${name} must be pinned exactly, not ${version}` });
      const other = first.get(name);
      if (other === undefined) first.set(name, { version, path: manifestPath });
      else if (other.version !== version) {
        findings.push({ path: manifestPath, line: 0, message: `${name} is ${version} here and ${other.version} in ${other.path}` });
      }
    }
  }
  return findings;
}

function checkPackageCycles(workspace: Workspace, model: SourceModel): Finding[] {
  const edges = new Map<string, Set<string>>();
  for (const { folder, manifest } of workspace.packages.values()) {
    const targets = Object.keys(manifest.dependencies).flatMap((name) => internalTarget(name)?.folder ?? []);
    edges.set(folder, new Set(targets));
  }
  for (const module of model.modules) {
    const folder = packageOf(module.path);
    if (folder === undefined || !module.path.includes('/src/')) continue;
    for (const { specifier } of module.references) {
      const target = internalTarget(specifier)?.folder;
      if (target !== undefined && target !== folder) edges.get(folder)?.add(target);
    }
  }
  const lists = new Map([...edges].map(([folder, targets]) => [folder, [...targets]]));
  return cyclesOf(lists).map((cycle) => ({
    path: `packages/${cycle[0]}/package.json`,
    line: 0,
    message: `packages need each other in a circle: ${[...cycle, cycle[0]].join(' → ')}`,
  }));
}
