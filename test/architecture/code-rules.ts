/** Rules about what stands in a file. Each returns the places that break it, as `path:line what`. */
import ts from 'typescript'
import { nodesOf, placeOf, type SourceFile } from './source-file.ts'

export const FILE_LINES_MAX = 350
export const FUNCTION_LINES_MAX = 70

/** Time, chance, environment and effects: facts bring them in, commands carry them out. */
const IMPURE_NAMES = new Set(['process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'console', 'performance', 'globalThis', 'crypto'])
const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random'])
/** XState loses `after` on restore and runs invoked promises again: an order would be placed twice. */
const ACTING_OPTIONS = new Set(['after', 'invoke'])
const ACTING_IMPORTS = new Set(['fromPromise', 'fromCallback', 'fromObservable', 'fromEventObservable', 'sendParent', 'spawnChild', 'sendTo', 'raise'])

const PURE = /^(src\/(domain|risk|exits|exchange-emulator\/model)|machines)\//

const found = (source: SourceFile, what: (node: ts.Node) => string | undefined): readonly string[] =>
  [...nodesOf(source.tree)].flatMap((node) => {
    const name = what(node)
    return name === undefined ? [] : [`${placeOf(source, node)} ${name}`]
  })

/** A name that is used as a value, not as the name of a property or in a type. */
const usedName = (node: ts.Node): string | undefined => {
  if (!ts.isIdentifier(node)) return undefined
  const { parent } = node
  if ((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node) return undefined
  return ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isPropertyDeclaration(parent) ? undefined : node.text
}

/** Impure calls in the pure core. */
export function impureCalls(source: SourceFile): readonly string[] {
  if (!PURE.test(source.path)) return []
  return found(source, (node) => {
    if (ts.isPropertyAccessExpression(node) && IMPURE_MEMBERS.has(node.getText(source.tree))) return node.getText(source.tree)
    if (ts.isNewExpression(node) && node.expression.getText(source.tree) === 'Date' && !node.arguments?.length) return 'new Date()'
    if (ts.isCallExpression(node) && node.expression.getText(source.tree) === 'Date') return 'Date()'
    if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async'
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()'
    const name = usedName(node)
    return name !== undefined && IMPURE_NAMES.has(name) ? name : undefined
  })
}

/** Parts of XState that act or wait by themselves, in the charts. */
export function actingMachines(source: SourceFile): readonly string[] {
  if (!source.path.startsWith('machines/')) return []
  return found(source, (node) => {
    if (ts.isImportSpecifier(node)) return ACTING_IMPORTS.has((node.propertyName ?? node.name).text) ? node.getText(source.tree) : undefined
    if (!ts.isPropertyAssignment(node) && !ts.isShorthandPropertyAssignment(node)) return undefined
    const name = ts.isIdentifier(node.name) || ts.isStringLiteral(node.name) ? node.name.text : ''
    return ACTING_OPTIONS.has(name) ? `${name}:` : undefined
  })
}

/** A global function of Node that is called in files other than those allowed. */
export const callsOutside = (source: SourceFile, names: readonly string[], allowed: readonly string[]): readonly string[] =>
  allowed.includes(source.path) ? [] : found(source, (node) => (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && names.includes(node.expression.text) ? node.expression.text : undefined))

export function environmentReads(source: SourceFile, allowed: readonly string[]): readonly string[] {
  if (allowed.includes(source.path)) return []
  const imported = source.imports.filter(({ target }) => target === 'node:process').map(({ target }) => `${source.path} ${target}`)
  return [...imported, ...found(source, (node) => (ts.isPropertyAccessExpression(node) && node.getText(source.tree) === 'process.env' ? 'process.env' : undefined))]
}

/** Lines that are neither empty nor only comment. */
const codeLines = (text: string): number => text.split('\n').filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line)).length

export const longFunctions = (source: SourceFile): readonly string[] =>
  found(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined
    const lines = codeLines(node.getText(source.tree))
    return lines > FUNCTION_LINES_MAX ? `${lines} lines` : undefined
  })

export const longFiles = ({ path, lineCount }: SourceFile): readonly string[] => (lineCount > FILE_LINES_MAX ? [`${path} ${lineCount} lines`] : [])

/** `any`, and comments that switch the compiler off. */
export const holesInTypes = (source: SourceFile): readonly string[] => [
  ...found(source, (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'any' : undefined)),
  ...matches(source, /@ts-(?:ignore|expect-error|nocheck)/),
]

export const unfinishedMarks = (source: SourceFile): readonly string[] => matches(source, /\b(?:TODO|FIXME|XXX|HACK)\b/)

/** Default exports and files that only pass others on: every name has one place it is imported from. */
export const secondNames = (source: SourceFile): readonly string[] =>
  found(source, (node) => {
    if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)) return 'export default'
    return ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined ? 'export … from' : undefined
  })

export const matches = ({ path, text }: { readonly path: string; readonly text: string }, pattern: RegExp): readonly string[] =>
  text.split('\n').flatMap((line, index) => {
    const match = pattern.exec(line)
    return match ? [`${path}:${index + 1} ${match[0]}`] : []
  })
