import ts from 'typescript'
import { expect, test } from 'vitest'
import { type SourceFile, sourceFiles } from './source-files.js'

const FILES = sourceFiles()
const FILE_LINES = 250
const FUNCTION_LINES = 40
const EXPORTS = 8

/** Lists of words and of public names are long by nature. */
const MAY_EXPORT_MORE = ['index.ts', 'testing/index.ts', 'session.ts', 'storage/storage.ts']

test(`no file is longer than ${FILE_LINES} lines`, () => {
  const long = FILES.map(({ path, tree }) => ({ path, lines: tree.getLineStarts().length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines`)
  expect(long).toEqual([])
})

test(`no function is longer than ${FUNCTION_LINES} lines`, () => {
  expect(FILES.flatMap(longFunctions)).toEqual([])
})

test(`no file exports more than ${EXPORTS} names`, () => {
  const many = FILES.filter(({ path }) => !MAY_EXPORT_MORE.includes(path))
    .map(({ path, tree }) => ({ path, names: exportedNames(tree) }))
    .filter(({ names }) => names.length > EXPORTS)
    .map(({ path, names }) => `${path} exports ${names.length}: ${names.join(', ')}`)
  expect(many).toEqual([])
})

test('index.ts and every other file name what they export', () => {
  const stars = FILES.filter(({ tree }) =>
    tree.statements.some(
      (one) => ts.isExportDeclaration(one) && (!one.exportClause || ts.isNamespaceExport(one.exportClause)),
    ),
  )
  expect(stars.map(({ path }) => path)).toEqual([])
})

test('nothing is exported as a default', () => {
  const defaults = FILES.filter(({ tree }) =>
    tree.statements.some(
      (one) =>
        ts.isExportAssignment(one) ||
        (ts.canHaveModifiers(one) && ts.getModifiers(one)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)),
    ),
  )
  expect(defaults.map(({ path }) => path)).toEqual([])
})

/** A function that contains others is as long as it is: only a class is a list of functions. */
function longFunctions({ path, tree }: SourceFile): string[] {
  const long: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const lines = lineOf(tree, node.end) - lineOf(tree, node.getStart(tree)) + 1
      if (lines > FUNCTION_LINES) long.push(`${path} ${nameOf(node, tree)} has ${lines} lines`)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return long
}

function nameOf(node: ts.SignatureDeclaration, tree: ts.SourceFile): string {
  if (node.name) return node.name.getText(tree)
  return ts.isVariableDeclaration(node.parent)
    ? node.parent.name.getText(tree)
    : `at line ${lineOf(tree, node.pos) + 1}`
}

function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line
}

function exportedNames(tree: ts.SourceFile): string[] {
  return tree.statements.flatMap((one) => {
    if (ts.isExportDeclaration(one) && one.exportClause && ts.isNamedExports(one.exportClause)) {
      return one.exportClause.elements.map(({ name }) => name.text)
    }
    const isExported =
      ts.canHaveModifiers(one) && ts.getModifiers(one)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!isExported) return []
    if (ts.isVariableStatement(one)) return one.declarationList.declarations.map(({ name }) => name.getText(tree))
    const isNamed = ts.isFunctionDeclaration(one) || ts.isClassDeclaration(one)
    if (isNamed || ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one))
      return [one.name?.text ?? 'default']
    return []
  })
}
