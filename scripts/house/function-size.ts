/** A function fits on a screen. */
import type { Node } from 'typescript/unstable/ast';
import {
  isArrowFunction,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isMethodDeclaration,
} from 'typescript/unstable/ast/is';
import type { Finding } from './finding.ts';
import { lineOf, type SourceModel } from './source-model.ts';

const MAX_LINES = 70;

/** Findings here may be excused by a comment on the line. Tests are free: a `describe` is a function too. */
export function checkFunctionSizes(model: SourceModel): Finding[] {
  const findings: Finding[] = [];
  for (const module of model.modules) {
    if (!/^packages\/[^/]+\/src\/|^scripts\//.test(module.path)) continue;
    const visit = (node: Node): void => {
      const first = lineOf(module.ast, node);
      const lines = module.ast.getLineAndCharacterOfPosition(node.end).line + 2 - first;
      if (isFunction(node) && lines > MAX_LINES) {
        findings.push({ path: module.path, line: first, message: `a function of ${lines} lines, more than ${MAX_LINES}: cut it by steps` });
      }
      node.forEachChild((child) => {
        visit(child);
      });
    };
    visit(module.ast);
  }
  return findings;
}

function isFunction(node: Node): boolean {
  const named = isFunctionDeclaration(node) || isMethodDeclaration(node) || isConstructorDeclaration(node);
  return named || isArrowFunction(node) || isFunctionExpression(node);
}
