/**
 * Every module of a workspace, parsed and bound by the TypeScript compiler: what it imports, which names are globals, which lines
 * carry an exception. Owns the compiler process.
 */
import type { Identifier, Node, SourceFile } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedImports,
  isShorthandPropertyAssignment,
  isStringLiteral,
} from 'typescript/unstable/ast/is';
import { API, type Project } from 'typescript/unstable/sync';
import type { Finding } from './finding.ts';
import type { Workspace } from './workspace.ts';

export interface ModuleReference {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** Erased before running: no dependency at run time. */
  readonly typeOnly: boolean;
  /** The names taken, as the other module calls them; `all` for namespace, default, dynamic and star. */
  readonly names: readonly string[] | 'all';
}

export interface SourceModule {
  readonly path: string;
  readonly text: string;
  readonly ast: SourceFile;
  readonly references: readonly ModuleReference[];
  /** 1-based line → reason, from comments `// allowed: <reason>`. */
  readonly exceptions: ReadonlyMap<number, string>;
}

export interface SourceModel {
  readonly modules: readonly SourceModule[];
  /** For each identifier whether it names something that no module of the workspace declares. */
  areGlobal(identifiers: readonly Identifier[]): readonly boolean[];
}

const SOURCE = /^(?:packages\/[^/]+\/(?:src|test|bench|examples|bin)|scripts|test|bench)\/.*\.(?:ts|mjs)$/;
const PROJECT = 'tsconfig.house-rules.json';

/** The compiler process; one may parse many workspaces, one after the other, each with a root of its own. */
export class Compiler {
  readonly #api: API;
  #workspace: Workspace | undefined;
  #config = '';

  constructor(cwd: string) {
    const fs = {
      readFile: (path: string) => this.#read(path),
      fileExists: (path: string) => (this.#read(path) === undefined ? undefined : true),
    };
    this.#api = new API({ cwd, fs });
  }

  /** Nothing is read from disk but the compiler's and the dependencies' own declarations. A former model is no longer valid. */
  parse(workspace: Workspace): SourceModel {
    const paths = [...workspace.files.keys()].filter((path) => SOURCE.test(path));
    const options = {
      module: 'nodenext',
      target: 'esnext',
      lib: ['esnext'],
      types: ['node'],
      allowJs: true,
      noEmit: true,
      skipLibCheck: true,
    };
    const former = this.#workspace?.root;
    if (former === workspace.root) throw new Error(`${former} was parsed before; the compiler would remember its files`);
    this.#workspace = workspace;
    this.#config = JSON.stringify({
      compilerOptions: { ...options, allowImportingTsExtensions: true },
      files: paths.map((path) => `./${path}`),
    });
    const opened = `${workspace.root}/${PROJECT}`;
    const closed = former === undefined ? {} : { closeProjects: [`${former}/${PROJECT}`] };
    const project = this.#api.updateSnapshot({ openProjects: [opened], ...closed }).getProject(opened);
    if (project === undefined) throw new Error('the TypeScript compiler opened no project');
    const ours = new Set(paths.map((path) => `${workspace.root}/${path}`.toLowerCase()));
    return {
      modules: paths.map((path) => moduleOf(project, workspace.root, path)),
      areGlobal: (identifiers) => areGlobal(project, ours, identifiers),
    };
  }

  #read(absolute: string): string | undefined {
    const workspace = this.#workspace;
    if (workspace === undefined || !absolute.startsWith(`${workspace.root}/`)) return undefined;
    const path = absolute.slice(workspace.root.length + 1);
    return path === PROJECT ? this.#config : workspace.files.get(path);
  }

  close(): void {
    this.#api.close();
  }
}

function moduleOf(project: Project, root: string, path: string): SourceModule {
  const ast = project.program.getSourceFile(`${root}/${path}`);
  if (ast === undefined) throw new Error(`the TypeScript compiler does not know ${path}`);
  const references: ModuleReference[] = [];
  const literals: Node[] = [];
  const visit = (node: Node): void => {
    const reference = referenceOf(ast, node);
    if (reference !== undefined) references.push(reference);
    if (isTextLiteral(node)) literals.push(node);
    node.forEachChild((child) => {
      visit(child);
    });
  };
  visit(ast);
  return { path, text: ast.text, ast, references, exceptions: exceptionsOf(ast, literals) };
}

function referenceOf(ast: SourceFile, node: Node): ModuleReference | undefined {
  const line = lineOf(ast, node);
  if (isImportDeclaration(node) && isStringLiteral(node.moduleSpecifier)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const named = bindings !== undefined && isNamedImports(bindings) && clause?.name === undefined ? bindings.elements : undefined;
    const names = named?.map((element) => (element.propertyName ?? element.name).text) ?? 'all';
    return { specifier: node.moduleSpecifier.text, line, typeOnly: clause?.phaseModifier === SyntaxKind.TypeKeyword, names };
  }
  if (isExportDeclaration(node) && node.moduleSpecifier !== undefined && isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, line, typeOnly: node.isTypeOnly, names: 'all' };
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument) && isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, line, typeOnly: true, names: 'all' };
  }
  if (isCallExpression(node)) {
    const callee = node.expression;
    const loads =
      callee.kind === SyntaxKind.ImportKeyword || /^(?:require|require\.resolve|import\.meta\.resolve)$/.test(callee.getText(ast));
    const specifier = node.arguments[0];
    if (loads && specifier !== undefined && isStringLiteral(specifier))
      return { specifier: specifier.text, line, typeOnly: false, names: 'all' };
  }
  return undefined;
}

function isTextLiteral(node: Node): boolean {
  switch (node.kind) {
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
    case SyntaxKind.TemplateHead:
    case SyntaxKind.TemplateMiddle:
    case SyntaxKind.TemplateTail:
    case SyntaxKind.RegularExpressionLiteral:
      return true;
    default:
      return false;
  }
}

/** A comment that stands alone covers the line below it, so that the formatter cannot part it from what it excuses. */
function exceptionsOf(ast: SourceFile, literals: readonly Node[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const match of ast.text.matchAll(/\/\/ allowed: (\S.*)/g)) {
    if (literals.some((literal) => literal.getStart(ast) <= match.index && match.index < literal.end)) continue;
    const { line, character } = ast.getLineAndCharacterOfPosition(match.index);
    const before = ast.text.slice(match.index - character, match.index);
    if (/^\s*\/?\*/.test(before)) continue;
    const alone = before.trim() === '';
    found.set(line + (alone ? 2 : 1), match[1] ?? '');
  }
  return found;
}

function areGlobal(project: Project, ours: ReadonlySet<string>, identifiers: readonly Identifier[]): readonly boolean[] {
  const symbols = project.checker.getSymbolAtLocation(identifiers);
  return identifiers.map((identifier, index) => {
    const shorthand = isShorthandPropertyAssignment(identifier.parent);
    const symbol = shorthand ? project.checker.getShorthandAssignmentValueSymbol(identifier.parent) : symbols[index];
    return symbol === undefined || !symbol.declarations.some((declaration) => ours.has(declaration.path.toLowerCase()));
  });
}

/** 1-based. */
export function lineOf(ast: SourceFile, node: Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

/** Takes away what a comment on the line allows, and reports comments that allow nothing (an exception must not outlive its cause). */
export function applyExceptions(model: SourceModel, findings: readonly Finding[]): { readonly kept: Finding[]; readonly stale: Finding[] } {
  const exceptions = new Map(model.modules.map((module) => [module.path, module.exceptions]));
  const used = new Set<string>();
  const kept = findings.filter((finding) => {
    const allowed = exceptions.get(finding.path)?.has(finding.line) === true;
    if (allowed) used.add(`${finding.path}:${finding.line}`);
    return !allowed;
  });
  const stale: Finding[] = [];
  for (const [path, lines] of exceptions) {
    for (const line of lines.keys()) {
      if (!used.has(`${path}:${line}`)) stale.push({ path, line, message: 'the comment `// allowed:` excuses nothing here; delete it' });
    }
  }
  return { kept, stale };
}
