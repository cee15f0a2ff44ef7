/** `src/mod.ts` is a package's door: it re-exports its own files and holds no code. */
import { isExportDeclaration, isStringLiteral } from 'typescript/unstable/ast/is';
import type { Finding } from './finding.ts';
import { lineOf, type SourceModel } from './source-model.ts';

export function checkPublicDoors(model: SourceModel): Finding[] {
  const findings: Finding[] = [];
  for (const module of model.modules) {
    if (!/^packages\/[^/]+\/src\/mod\.ts$/.test(module.path)) continue;
    for (const statement of module.ast.statements) {
      const specifier = isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
      const own = specifier !== undefined && isStringLiteral(specifier) && specifier.text.startsWith('./');
      if (!own)
        findings.push({
          path: module.path,
          line: lineOf(module.ast, statement),
          message: "only `export … from './…'` may stand in a mod.ts",
        });
    }
  }
  return findings;
}
