/** The checkout as plain data: every text file and every package manifest. Rules read this and never the disk, so tests feed them snippets. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from './finding.ts';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private: boolean;
  readonly license: string;
  readonly type: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export interface PackageFolder {
  /** The folder below `packages/`, e.g. `trading-engine`. */
  readonly folder: string;
  readonly manifestPath: string;
  readonly manifest: Manifest;
}

export interface Workspace {
  /** Absolute; for a workspace made of snippets a folder that does not exist. */
  readonly root: string;
  /** Path relative to the root, `/`-separated → text; sorted by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Folder → package; sorted. */
  readonly packages: ReadonlyMap<string, PackageFolder>;
  readonly rootManifest: Manifest;
}

/** What a build or a run leaves behind, what is not ours, and the secrets of a desk, which only its containers can read. */
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', 'logs', 'data', 'coverage', 'secrets']);
const SCOPE = '@fillwright/';

export function loadWorkspace(root: string): Workspace {
  const files: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) visit(path);
      } else if (entry.isFile()) {
        const bytes = readFileSync(join(root, path));
        if (!bytes.includes(0)) files[path] = bytes.toString('utf8');
      }
    }
  };
  visit('');
  return workspaceOf(root, files);
}

/** @throws SyntaxError when a manifest is not JSON. */
export function workspaceOf(root: string, texts: Readonly<Record<string, string>>): Workspace {
  const files = new Map(Object.entries(texts).sort(([a], [b]) => compareText(a, b)));
  const packages = new Map<string, PackageFolder>();
  for (const [path, text] of files) {
    const folder = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder !== undefined) packages.set(folder, { folder, manifestPath: path, manifest: parseManifest(text) });
  }
  return { root, files, packages, rootManifest: rootManifestOf(files) };
}

/** The root's own manifest, with what the workspaces below `test/` bring for the tests: they are code of the root. */
function rootManifestOf(files: ReadonlyMap<string, string>): Manifest {
  const own = parseManifest(files.get('package.json') ?? '{}');
  const brought = [...files].flatMap(([path, text]) =>
    /^test\/[^/]+\/package\.json$/.test(path) ? Object.entries(parseManifest(text).devDependencies) : [],
  );
  return { ...own, devDependencies: { ...own.devDependencies, ...Object.fromEntries(brought) } };
}

function parseManifest(text: string): Manifest {
  const raw = JSON.parse(text) as Partial<Manifest>;
  return {
    name: raw.name ?? '',
    version: raw.version ?? '',
    private: raw.private ?? false,
    license: raw.license ?? '',
    type: raw.type ?? '',
    exports: raw.exports ?? {},
    dependencies: raw.dependencies ?? {},
    devDependencies: raw.devDependencies ?? {},
  };
}

/** `packages/venue/src/mod.ts` → `venue`; `undefined` outside `packages/`. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** The part of a package a file lies in: `src`, `test`, `bench`, `examples`, `bin`; for files at the root their first folder. */
export function areaOf(path: string): string {
  const parts = path.split('/');
  return (parts[0] === 'packages' ? parts[2] : parts[0]) ?? '';
}

/** `@fillwright/venue/decimal` → `{ folder: 'venue', door: './decimal' }`. */
export function internalTarget(specifier: string): { readonly folder: string; readonly door: string } | undefined {
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [folder = '', ...rest] = specifier.slice(SCOPE.length).split('/');
  return { folder, door: rest.length === 0 ? '.' : `./${rest.join('/')}` };
}

export function internalName(folder: string): string {
  return `${SCOPE}${folder}`;
}
