/** One source file as the rules of the house see it. Parsed by TypeScript itself, so that comments and strings are no calls. */
import { posix } from 'node:path'
import ts from 'typescript'

/** `value`: there at run time. `type`: erased. `lazy`: loaded when it is first needed. */
export type ImportKind = 'value' | 'type' | 'lazy'
/** `target`: a path in the repository, or the name of a package (`node:fs` for Node's own). */
export type Import = { readonly target: string; readonly kind: ImportKind }
export type SourceFile = {
  readonly path: string
  readonly text: string
  readonly lineCount: number
  readonly imports: readonly Import[]
  readonly tree: ts.SourceFile
}

export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  return { path, text, lineCount: text.trimEnd().split('\n').length, imports: importsOf(path, tree), tree }
}

/** Every node of a file, outermost first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

/** `path:line` of a node. */
export const placeOf = ({ path, tree }: SourceFile, node: ts.Node): string => `${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`

function importsOf(path: string, tree: ts.SourceFile): readonly Import[] {
  const imports: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: ImportKind): void => {
    if (specifier && ts.isStringLiteral(specifier)) imports.push({ target: targetOf(path, specifier.text), kind })
  }
  for (const node of nodesOf(tree)) {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes(node) ? 'type' : 'value')
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value')
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, 'type')
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], 'lazy')
  }
  return imports
}

/** `import { type A, type B }`: nothing of it is there at run time that matters. */
function allTypes(node: ts.ImportDeclaration): boolean {
  const named = node.importClause?.namedBindings
  return node.importClause?.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly)
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  if (specifier.startsWith('node:')) return specifier
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
