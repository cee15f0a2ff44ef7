/**
 * The determinism contract (DESIGN §1): outside the runtime and the simulation's kernel, code gets time, randomness and I/O only from
 * ports. Names are resolved by the compiler, so shadowed names, properties, strings and comments are never mistaken for globals.
 */
import { isBuiltin } from 'node:module';
import type { Identifier, Node } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  isBinaryExpression,
  isBindingElement,
  isElementAccessExpression,
  isExpressionWithTypeArguments,
  isGetAccessorDeclaration,
  isHeritageClause,
  isIdentifier,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isNewExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isPropertyDeclaration,
  isSetAccessorDeclaration,
  isStringLiteral,
  isTypeNode,
} from 'typescript/unstable/ast/is';
import type { Finding } from './finding.ts';
import { FORBIDDEN_GLOBALS, FORBIDDEN_METHOD, FORBIDDEN_MODULES, GUARDED_GLOBALS, PARTLY_ALLOWED_MODULES } from './forbidden-names.ts';
import { sleepOf } from './sleep-in-tests.ts';
import { lineOf, type ModuleReference, type SourceModel, type SourceModule } from './source-model.ts';
import { areaOf, packageOf } from './workspace.ts';

/** `strict` lives on ports alone; `test` must not sleep and must not draw unseeded numbers; `edge` only the latter; `free` makes the ports. */
export type Zone = 'strict' | 'test' | 'edge' | 'free';

export function zoneOf(path: string): Zone {
  if (path.startsWith('packages/runtime/src/') || path.startsWith('packages/simulation/src/kernel/')) return 'free';
  const area = areaOf(path);
  if (area === 'test') return 'test';
  return packageOf(path) !== undefined && area === 'src' ? 'strict' : 'edge';
}

interface Suspect {
  readonly module: SourceModule;
  readonly identifier: Identifier;
  readonly message: string;
}

/** Findings here may be excused by a comment on the line. */
export function checkGlobals(model: SourceModel): Finding[] {
  const findings: Finding[] = [];
  const suspects: Suspect[] = [];
  for (const module of model.modules) {
    const zone = zoneOf(module.path);
    if (zone === 'free') continue;
    for (const reference of module.references) {
      const message = moduleFault(zone, reference);
      if (message !== undefined) findings.push({ path: module.path, line: reference.line, message });
    }
    collect(module, zone, suspects, findings);
  }
  const global = model.areGlobal(suspects.map(({ identifier }) => identifier));
  suspects.forEach(({ module, identifier, message }, index) => {
    if (global[index] === true) findings.push({ path: module.path, line: lineOf(module.ast, identifier), message });
  });
  return findings;
}

function moduleFault(zone: Zone, reference: ModuleReference): string | undefined {
  if (reference.typeOnly) return undefined;
  const name = isBuiltin(reference.specifier) ? reference.specifier.replace(/^node:/, '') : reference.specifier;
  if (zone === 'test' && name === 'timers/promises') return 'sleeping in a test: wait for an event with a deadline, or use a virtual clock';
  if (zone !== 'strict') return undefined;
  const reason = FORBIDDEN_MODULES[name];
  if (reason !== undefined) return `'${reference.specifier}' is for the runtime alone: ${reason}`;
  const allowed = PARTLY_ALLOWED_MODULES[name];
  if (allowed === undefined) return undefined;
  if (reference.names === 'all') return `import single names from '${reference.specifier}', so that it shows what is used`;
  const refused = reference.names.filter((taken) => !allowed.test(taken));
  return refused.length === 0 ? undefined : `${refused.join(', ')} of '${reference.specifier}' is random or asynchronous: use a port`;
}

function collect(module: SourceModule, zone: Zone, suspects: Suspect[], findings: Finding[]): void {
  const visit = (node: Node): void => {
    if (isErased(node)) return;
    if (isIdentifier(node)) {
      const message = identifierFault(zone, node);
      if (message !== undefined) suspects.push({ module, identifier: node, message });
    }
    if (zone === 'strict' && isPropertyAccessExpression(node) && FORBIDDEN_METHOD.test(node.name.text)) {
      const message = `${node.name.text} follows the machine's locale: format by hand, compare by code unit`;
      findings.push({ path: module.path, line: lineOf(module.ast, node.name), message });
    }
    const sleeper = zone === 'test' ? sleepOf(node) : undefined;
    if (sleeper !== undefined) {
      suspects.push({
        module,
        identifier: sleeper,
        message: 'sleeping in a test: wait for an event with a deadline, or use a virtual clock',
      });
    }
    node.forEachChild((child) => {
      visit(child);
    });
  };
  visit(module.ast);
}

/** Types vanish before running; of a heritage clause only `extends` of a class is evaluated. */
function isErased(node: Node): boolean {
  if (isInterfaceDeclaration(node)) return true;
  if (isHeritageClause(node)) return node.token === SyntaxKind.ImplementsKeyword;
  return isTypeNode(node) && !isExpressionWithTypeArguments(node);
}

function identifierFault(zone: Zone, node: Identifier): string | undefined {
  const parent = node.parent;
  if (isPropertyAccessExpression(parent) && parent.name === node) return undefined;
  if (isNameOfMember(node)) return undefined;
  const guarded = GUARDED_GLOBALS[node.text];
  if (guarded !== undefined) {
    const member = memberOf(node);
    if (member !== undefined && guarded.members.test(member)) {
      return zone === 'strict' || `${node.text}.${member}` === 'Math.random' ? `${node.text}.${member}: ${guarded.instead}` : undefined;
    }
    if (zone !== 'strict' || member !== undefined || (guarded.constructible && isPureUse(node))) return undefined;
    return `${node.text} as a value hides what is called on it: ${guarded.instead}`;
  }
  const reason = zone === 'strict' ? FORBIDDEN_GLOBALS[node.text] : undefined;
  return reason === undefined ? undefined : `${node.text}: ${reason}`;
}

/** `{ fetch: f }` and `class { fetch() {} }` name a member, not the global. */
function isNameOfMember(node: Identifier): boolean {
  const parent = node.parent;
  if (isBindingElement(parent)) return parent.propertyName === node;
  const named = isPropertyAssignment(parent) || isPropertyDeclaration(parent) || isMethodDeclaration(parent);
  return (named || isGetAccessorDeclaration(parent) || isSetAccessorDeclaration(parent)) && parent.name === node;
}

/** The member taken from a global, when it can be read off the text. */
function memberOf(node: Identifier): string | undefined {
  const parent = node.parent;
  if (isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text;
  if (isElementAccessExpression(parent) && parent.expression === node && isStringLiteral(parent.argumentExpression)) {
    return parent.argumentExpression.text;
  }
  return undefined;
}

/** `new Date(x)` and `x instanceof Date`. */
function isPureUse(node: Identifier): boolean {
  const parent = node.parent;
  if (isNewExpression(parent)) return parent.expression === node && (parent.arguments?.length ?? 0) > 0;
  return isBinaryExpression(parent) && parent.right === node && parent.operatorToken.kind === SyntaxKind.InstanceOfKeyword;
}
