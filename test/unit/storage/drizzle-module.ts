import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** A table of Drizzle's as far as it is looked at. */
export interface DrizzleConfig {
  readonly name: string
  readonly schema?: string | undefined
  readonly columns: readonly {
    name: string
    notNull: boolean
    primary: boolean
    default: unknown
    getSQLType(): string
  }[]
  readonly primaryKeys: readonly { getName(): string; columns: readonly { name: string }[] }[]
  readonly uniqueConstraints: readonly { name?: string | undefined; columns: readonly { name: string }[] }[]
  readonly indexes: readonly { config: { name?: string | undefined; columns: readonly unknown[]; unique: boolean } }[]
}

/** Type-checks a module for Drizzle against its types, strictly, and hands out what it exports. */
export async function drizzleModule(text: string): Promise<Record<string, unknown>> {
  const cache = join(ROOT, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'drizzle-'))
  try {
    const file = join(folder, 'tables.ts')
    await writeFile(file, text)
    const options = {
      strict: true,
      noEmit: true,
      // Drizzle's own declarations speak of drivers that are not installed here.
      skipLibCheck: true,
      noUnusedLocals: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
    }
    const problems = ts.getPreEmitDiagnostics(ts.createProgram([file], options))
    if (problems.length > 0)
      throw new Error(
        ts.formatDiagnostics(problems, {
          ...ts.sys,
          getCanonicalFileName: String,
          getNewLine: () => '\n',
          getCurrentDirectory: () => ROOT,
        }),
      )
    await writeFile(
      join(folder, 'tables.mjs'),
      ts.transpileModule(text, { compilerOptions: { ...options, module: ts.ModuleKind.ESNext } }).outputText,
    )
    return await import(pathToFileURL(join(folder, 'tables.mjs')).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** In one order: a module has its exports by name. */
export function byName<Named extends { readonly name: string }>(tables: readonly Named[]): Named[] {
  return [...tables].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A table as a catalog tells it, and as a model has it. */
export interface TableFacts {
  readonly name: string
  /** `name type`, with `not null` and a default where there are. */
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  /** `name (columns)`. */
  readonly uniques: readonly string[]
  readonly indexes: readonly string[]
}

/** What a table of Drizzle's says. */
export function drizzleFacts({ name, columns, primaryKeys, uniqueConstraints, indexes }: DrizzleConfig): TableFacts {
  const named = (name: string | undefined, of: readonly unknown[]) => `${name} (${of.map(nameOf).join(', ')})`
  return {
    name,
    columns: columns.map((column) =>
      [
        column.name,
        column.getSQLType(),
        column.notNull && 'not null',
        column.default !== undefined && `default ${column.default}`,
      ]
        .filter(Boolean)
        .join(' '),
    ),
    primaryKey: [
      ...columns.filter(({ primary }) => primary).map((column) => column.name),
      ...primaryKeys.flatMap((key) => key.columns.map((column) => column.name)),
    ],
    uniques: uniqueConstraints.map((each) => named(each.name, each.columns)).sort(),
    indexes: indexes.map(({ config }) => named(config.name, config.columns)).sort(),
  }
}

function nameOf(column: unknown): string {
  return String(Reflect.get(Object(column), 'name'))
}
