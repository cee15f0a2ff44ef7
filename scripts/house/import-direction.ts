/** Who may import whom (DESIGN §3): down only, never service to service, and the witness keeps to decimals, ids and times. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import type { ModuleReference, SourceModel, SourceModule } from './source-model.ts';
import { areaOf, internalTarget, packageOf, type Workspace } from './workspace.ts';

const LIBRARIES = ['domain', 'messages', 'runtime', 'venue'];
const SERVICES = ['trading-engine', 'position-server', 'market-server', 'trader', 'dashboard'];

/** What each package may import; a package that is not here has no place in the house yet. */
function mayImport(folder: string, folders: readonly string[]): readonly string[] | undefined {
  const adapters = folders.filter((name) => name.startsWith('venue-'));
  if (folder.startsWith('venue-')) return LIBRARIES;
  if (SERVICES.includes(folder)) return [...LIBRARIES, ...adapters];
  switch (folder) {
    case 'domain':
      return [];
    case 'messages':
      return ['domain'];
    case 'runtime':
      return ['domain', 'messages'];
    case 'venue':
      return ['domain', 'messages', 'runtime'];
    case 'strategies':
      return ['domain', 'messages', 'runtime', 'trader'];
    case 'exchange-simulator':
      return ['domain', 'runtime'];
    case 'simulation':
    case 'tools':
      return folders.filter((name) => name !== folder && name !== (folder === 'tools' ? 'simulation' : 'tools'));
    default:
      return undefined;
  }
}

const WITNESS_DOMAIN_DOORS = ['./decimal', './ids', './time'];
/** What code that judges the engine may build on. */
const WITNESS_PACKAGES = ['domain', 'runtime', 'messages', 'exchange-simulator'];

function isWitness(path: string): boolean {
  return path.startsWith('packages/exchange-simulator/') || path.startsWith('packages/simulation/src/checkers/');
}

/** Findings here may be excused by a comment on the line. */
export function checkImports(workspace: Workspace, model: SourceModel): Finding[] {
  return [...model.modules.flatMap((module) => checkModule(workspace, module)), ...checkWitnessClosure(model), ...checkFileCycles(model)];
}

function checkModule(workspace: Workspace, module: SourceModule): Finding[] {
  const findings: Finding[] = [];
  for (const reference of module.references) {
    const message = reference.specifier.startsWith('.')
      ? relativeFault(workspace, module.path, reference.specifier)
      : internalFault(workspace, module.path, reference.specifier);
    if (message !== undefined) findings.push({ path: module.path, line: reference.line, message });
  }
  return findings;
}

function relativeFault(workspace: Workspace, path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  const to = packageOf(target);
  const from = packageOf(path);
  // A behaviour suite is written once and run by every package that implements what it describes.
  if (areaOf(path) === 'test' && /^packages\/[^/]+\/test\/suites\//.test(target)) return directionFault(workspace, from, to ?? '');
  // Benches of packages print the rows of the root's bench.
  if (areaOf(path) === 'bench' && target === 'bench/rows.ts') return undefined;
  if (from !== undefined && to !== from) return `'${specifier}' leaves the package; import another package by its name`;
  // Scripts look at the sources themselves; everybody else goes through the door.
  if (from === undefined && to !== undefined && areaOf(path) !== 'scripts')
    return `'${specifier}' reaches into packages/${to}; import it by its name`;
  if (areaOf(path) === 'src' && areaOf(target) !== 'src') return `'${specifier}' makes src depend on ${areaOf(target)}/`;
  return undefined;
}

function internalFault(workspace: Workspace, path: string, specifier: string): string | undefined {
  const target = internalTarget(specifier);
  if (target === undefined) return undefined;
  const to = workspace.packages.get(target.folder);
  if (to === undefined) return `'${specifier}': there is no package ${target.folder}`;
  if (to.manifest.exports[target.door] === undefined) return `'${specifier}' is not among the exports of ${to.manifestPath}`;
  const from = packageOf(path);
  if (from === undefined) return undefined;
  if (from === target.folder) return areaOf(path) === 'src' ? `'${specifier}' is this package; import the file itself` : undefined;
  const fault = directionFault(workspace, from, target.folder);
  if (fault !== undefined) return fault;
  return isWitness(path) ? witnessFault(specifier) : undefined;
}

function directionFault(workspace: Workspace, from: string | undefined, to: string): string | undefined {
  if (from === undefined || from === to) return undefined;
  const permitted = mayImport(from, [...workspace.packages.keys()]);
  if (permitted === undefined) return `package ${from} has no place in the import order; add it to scripts/house/import-direction.ts`;
  return permitted.includes(to) ? undefined : `${from} must not import ${to}: imports point down only, services never import services`;
}

function witnessFault(specifier: string): string | undefined {
  const target = internalTarget(specifier);
  if (target === undefined) return undefined;
  const allowed = WITNESS_PACKAGES.includes(target.folder) && (target.folder !== 'domain' || WITNESS_DOMAIN_DOORS.includes(target.door));
  if (allowed) return undefined;
  return `the witness must not use '${specifier}': it would repeat the engine's errors (only @fillwright/domain/decimal, /ids, /time)`;
}

/** A checker must not get at engine code through a neighbouring file either. */
function checkWitnessClosure(model: SourceModel): Finding[] {
  const byPath = new Map(model.modules.map((module) => [module.path, module]));
  const findings: Finding[] = [];
  for (const module of model.modules) {
    if (!module.path.startsWith('packages/simulation/src/checkers/')) continue;
    for (const reference of module.references) {
      const start = relativeTarget(module.path, reference);
      if (start === undefined || start.startsWith('packages/simulation/src/checkers/')) continue;
      const culprit = firstWitnessFault(byPath, start);
      if (culprit !== undefined) findings.push({ path: module.path, line: reference.line, message: `by way of ${culprit}` });
    }
  }
  return findings;
}

function firstWitnessFault(byPath: ReadonlyMap<string, SourceModule>, start: string): string | undefined {
  const seen = new Set([start]);
  for (const path of seen) {
    const module = byPath.get(path);
    if (module === undefined) continue;
    for (const reference of module.references) {
      if (reference.typeOnly) continue;
      const fault = witnessFault(reference.specifier);
      if (fault !== undefined) return `${path}: ${fault}`;
      const next = relativeTarget(path, reference);
      if (next !== undefined) seen.add(next);
    }
  }
  return undefined;
}

/** The file a relative reference that stays at run time leads to. */
function relativeTarget(path: string, reference: ModuleReference): string | undefined {
  if (reference.typeOnly || !reference.specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(path), reference.specifier);
}

/** Modules that need each other at run time see each other half made; types may go round. */
function checkFileCycles(model: SourceModel): Finding[] {
  const edges = new Map<string, readonly string[]>();
  const lines = new Map<string, number>();
  for (const module of model.modules) {
    const targets: string[] = [];
    for (const reference of module.references) {
      const target = relativeTarget(module.path, reference);
      if (target === undefined) continue;
      targets.push(target);
      lines.set(`${module.path} ${target}`, reference.line);
    }
    edges.set(module.path, targets);
  }
  return cyclesOf(edges).map((cycle) => {
    const path = cycle[0] ?? '';
    return {
      path,
      line: lines.get(`${path} ${cycle[1] ?? path}`) ?? 0,
      message: `files import each other in a circle: ${[...cycle, path].join(' → ')}`,
    };
  });
}

/** One cycle for each edge that closes one, found depth first in the order of the keys. */
export function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (node: string): void => {
    if (finished.has(node)) return;
    const at = trail.indexOf(node);
    if (at >= 0) {
      cycles.push(trail.slice(at));
      return;
    }
    trail.push(node);
    for (const next of edges.get(node) ?? []) visit(next);
    trail.pop();
    finished.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return cycles;
}
