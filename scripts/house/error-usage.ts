/** Which error codes the sources use, held against the one table of codes; and the page generated from that table. */

import type { Node } from 'typescript/unstable/ast';
import { isIdentifier, isNewExpression, isStringLiteralLikeNode } from 'typescript/unstable/ast/is';
import { compareText, type Finding } from './finding.ts';
import { lineOf, type SourceModel } from './source-model.ts';

export interface ErrorTable {
  /** Three letters → what they stand for. */
  readonly areas: Readonly<Record<string, string>>;
  /** Code → one-line meaning. */
  readonly codes: Readonly<Record<string, string>>;
}

export const ERROR_TABLE_PATH = 'packages/runtime/src/error-codes.ts';
const CODE = /^([A-Z]{3})_[A-Z0-9]+(?:_[A-Z0-9]+)*$/;

export interface ErrorUse {
  readonly code: string;
  readonly path: string;
  readonly line: number;
}

/** Every code-like text in a package's sources: in `new AppError('…')` always, elsewhere when its three letters are one of our areas. */
export function errorUses(model: SourceModel, table: ErrorTable): ErrorUse[] {
  const uses: ErrorUse[] = [];
  for (const module of model.modules) {
    if (!/^packages\/[^/]+\/src\//.test(module.path) || module.path === ERROR_TABLE_PATH) continue;
    const visit = (node: Node): void => {
      if (isStringLiteralLikeNode(node)) {
        const area = CODE.exec(node.text)?.[1];
        if (isErrorArgument(node) || (area !== undefined && Object.hasOwn(table.areas, area))) {
          uses.push({ code: node.text, path: module.path, line: lineOf(module.ast, node) });
        }
      }
      node.forEachChild((child) => {
        visit(child);
      });
    };
    visit(module.ast);
  }
  return uses;
}

function isErrorArgument(node: Node): boolean {
  const parent = node.parent;
  return (
    isNewExpression(parent) && isIdentifier(parent.expression) && parent.expression.text === 'AppError' && parent.arguments?.[0] === node
  );
}

export function checkErrorCodes(uses: readonly ErrorUse[], table: ErrorTable): Finding[] {
  const findings: Finding[] = [];
  for (const { code, path, line } of uses) {
    const area = CODE.exec(code)?.[1];
    if (area === undefined)
      findings.push({ path, line, message: `'${code}' is no error code: three letters of an area, then words, like RUN_PORT_IN_USE` });
    else if (!Object.hasOwn(table.areas, area))
      findings.push({ path, line, message: `${code}: area ${area} is not listed in ${ERROR_TABLE_PATH}` });
    else if (!Object.hasOwn(table.codes, code)) findings.push({ path, line, message: `${code} has no meaning in ${ERROR_TABLE_PATH}` });
  }
  const used = new Set(uses.map((use) => use.code));
  for (const code of Object.keys(table.codes)) {
    if (!used.has(code)) findings.push({ path: ERROR_TABLE_PATH, line: 0, message: `${code} is used nowhere; delete it` });
    const area = CODE.exec(code)?.[1];
    if (area === undefined || !Object.hasOwn(table.areas, area))
      findings.push({ path: ERROR_TABLE_PATH, line: 0, message: `${code} belongs to no listed area` });
  }
  return findings;
}

export function errorPage(table: ErrorTable): string {
  const lines = [
    '# Error codes',
    '',
    `<!-- Generated from ${ERROR_TABLE_PATH} by scripts/generate-error-docs.ts; do not edit. -->`,
    '',
    'Every error of Fillwright carries one of these codes: in `--json` output as `error.code`, in logs as the field `code`.',
    'The message beside it says what happened, to what, and what to do next. Codes never change their meaning.',
  ];
  for (const [area, title] of Object.entries(table.areas).sort(([a], [b]) => compareText(a, b))) {
    const codes = Object.entries(table.codes)
      .filter(([code]) => code.startsWith(`${area}_`))
      .sort(([a], [b]) => compareText(a, b));
    if (codes.length === 0) continue;
    lines.push('', `## ${area}: ${title}`, '', '| code | meaning |', '| --- | --- |');
    for (const [code, meaning] of codes) lines.push(`| \`${code}\` | ${meaning} |`);
  }
  return `${lines.join('\n')}\n`;
}
