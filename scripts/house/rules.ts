/** All house rules over one workspace, by the name under which `npm run check` reports them. */
import { checkLockFile, checkMachineTraces } from './clean-tree.ts';
import { checkDependencyDocs } from './dependency-docs.ts';
import { checkFailureCatalogue } from './failure-catalogue.ts';
import { checkLayout } from './file-layout.ts';
import type { Finding } from './finding.ts';
import { checkGlobals } from './forbidden-globals.ts';
import { checkFunctionSizes } from './function-size.ts';
import { checkImports } from './import-direction.ts';
import { checkPackages } from './package-rules.ts';
import { checkPublicDoors } from './public-door.ts';
import { applyExceptions, type SourceModel } from './source-model.ts';
import { checkSupplyChain } from './supply-chain.ts';
import type { Workspace } from './workspace.ts';

export interface Rule {
  readonly name: string;
  run(): readonly Finding[];
}

/** To be run in this order: the last rule needs what the ones before it found. */
export function houseRules(workspace: Workspace, model: SourceModel): readonly Rule[] {
  const excusable: Finding[] = [];
  const withExceptions = (findings: readonly Finding[]): readonly Finding[] => {
    excusable.push(...findings);
    return applyExceptions(model, findings).kept;
  };
  return [
    { name: 'imports', run: () => withExceptions(checkImports(workspace, model)) },
    { name: 'forbidden globals', run: () => withExceptions(checkGlobals(model)) },
    { name: 'function size', run: () => withExceptions(checkFunctionSizes(model)) },
    { name: 'public doors', run: () => checkPublicDoors(model) },
    { name: 'packages', run: () => checkPackages(workspace, model) },
    { name: 'file layout', run: () => checkLayout(workspace) },
    { name: 'dependency docs', run: () => checkDependencyDocs(workspace) },
    { name: 'failure catalogue', run: () => checkFailureCatalogue(workspace) },
    { name: 'lock file', run: () => checkLockFile(workspace) },
    { name: 'supply chain', run: () => checkSupplyChain(workspace) },
    { name: 'machine traces', run: () => checkMachineTraces(workspace) },
    { name: 'stale exceptions', run: () => applyExceptions(model, excusable).stale },
  ];
}
