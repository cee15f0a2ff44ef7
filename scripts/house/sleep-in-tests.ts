/** Finds tests that pass time instead of waiting for something. */
import type { Identifier, Node } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  isArrowFunction,
  isBlock,
  isCallExpression,
  isDoStatement,
  isExpressionStatement,
  isForStatement,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isMethodDeclaration,
  isNewExpression,
  isWhileStatement,
} from 'typescript/unstable/ast/is';

/** The `setTimeout` of `new Promise((resolve) => setTimeout(resolve, …))`, in any of its spellings, unless a loop polls with it. */
export function sleepOf(node: Node): Identifier | undefined {
  if (!isNewExpression(node) || !isIdentifier(node.expression) || node.expression.text !== 'Promise' || isPolling(node)) return undefined;
  const executor = node.arguments?.[0];
  if (executor === undefined || !(isArrowFunction(executor) || isFunctionExpression(executor))) return undefined;
  const resolve = executor.parameters[0]?.name;
  const body = onlyExpression(executor.body);
  if (resolve === undefined || !isIdentifier(resolve) || body === undefined || !isCallExpression(body)) return undefined;
  const timer = body.expression;
  const callback = body.arguments[0];
  if (!isIdentifier(timer) || timer.text !== 'setTimeout' || callback === undefined) return undefined;
  if (isIdentifier(callback)) return callback.text === resolve.text ? timer : undefined;
  if (!isArrowFunction(callback)) return undefined;
  const inner = onlyExpression(callback.body);
  return inner !== undefined && isCallExpression(inner) && isIdentifier(inner.expression) && inner.expression.text === resolve.text
    ? timer
    : undefined;
}

/** Inside a loop that ends on a condition: waiting for something that only looking can show. */
function isPolling(node: Node): boolean {
  for (let outer = node.parent; outer !== undefined && !isFunction(outer); outer = outer.parent) {
    if (isWhileStatement(outer) || isDoStatement(outer)) return outer.expression.kind !== SyntaxKind.TrueKeyword;
    if (isForStatement(outer)) return outer.condition !== undefined;
  }
  return false;
}

function onlyExpression(body: Node): Node | undefined {
  if (!isBlock(body)) return body;
  const statement = body.statements[0];
  return body.statements.length === 1 && statement !== undefined && isExpressionStatement(statement) ? statement.expression : undefined;
}

function isFunction(node: Node): boolean {
  return isArrowFunction(node) || isFunctionExpression(node) || isFunctionDeclaration(node) || isMethodDeclaration(node);
}
