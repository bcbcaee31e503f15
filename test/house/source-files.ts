import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** An import, a re-export or a dynamic import. */
export interface Import {
  /** Below `src`, for one of ours: `storage/storage.ts`; else the package's name as written. */
  readonly to: string
  readonly isOurs: boolean
  readonly kind: 'value' | 'type' | 'dynamic'
}

/** One file below `src`. */
export interface SourceFile {
  /** Below `src`, with slashes: `storage/storage.ts`. */
  readonly path: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** Every TypeScript file below `src`, parsed. */
export function sourceFiles(): SourceFile[] {
  const src = join(ROOT, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const tree = parse(path, readFileSync(join(src, path), 'utf8'))
      return { path, tree, imports: importsOf(path, tree) }
    })
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
}

/** What .gitignore names; git itself need not be there. */
const IGNORED = /^(node_modules|dist|\.bench|\.next|coverage|data|test-results|\.git|\.env|.*\.log|.*\.tsbuildinfo)$/

/** Every file that is or would be committed, below the repository. */
export function committedFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (IGNORED.test(entry.name)) return []
    return entry.isDirectory() ? committedFiles(path) : [path]
  })
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The Markdown pages that people read: those at the top, and docs/. */
export function pages(): string[] {
  const under = (folder: string) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => posix.join(folder, name))
  return [...under(''), ...under('docs')].sort()
}

/** The folder below `src` that a file lies in, or its name without ending for a file at the top. */
export function partOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '')
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const one = importIn(node)
    if (one) found.push(resolved(path, one.specifier, one.kind))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function importIn(node: ts.Node): { specifier: string; kind: Import['kind'] } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, kind: isTypeImport(node.importClause) ? 'type' : 'value' }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, kind: isTypeExport(node) ? 'type' : 'value' }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    return argument && ts.isStringLiteral(argument) ? { specifier: argument.text, kind: 'dynamic' } : undefined
  }
  return undefined
}

/** `import { type A }` counts as a type import: with nothing else in it, no value is used. */
function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.isTypeOnly) return true
  const names = clause.namedBindings
  return (
    !clause.name && names !== undefined && ts.isNamedImports(names) && names.elements.every((one) => one.isTypeOnly)
  )
}

function isTypeExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true
  const names = node.exportClause
  return names !== undefined && ts.isNamedExports(names) && names.elements.every((one) => one.isTypeOnly)
}

function resolved(from: string, specifier: string, kind: Import['kind']): Import {
  if (!specifier.startsWith('.')) return { to: specifier, isOurs: false, kind }
  return { to: posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts'), isOurs: true, kind }
}
