import { expect, test } from 'vitest'
import { COLLECTIVES, IMPORT_RULES } from './import-rules.js'
import { type Import, partOf, read, type SourceFile, sourceFiles } from './source-files.js'

const FILES = sourceFiles()
const BY_PATH = new Map(FILES.map((file) => [file.path, file]))

/** What an app must be able to do without when it imports the core: drivers, frameworks, and what mails. */
const NOT_AT_START = [
  'kysely',
  'libsql',
  'better-sqlite3',
  'node:sqlite',
  'express',
  'express-session',
  'fastify',
  '@fastify/session',
  'iron-session',
  'next',
  'react',
  'nodemailer',
  'maxmind',
  'pg',
  'redis',
  'ioredis',
]

/** Files behind the subpaths of the package's export map, below `src`. */
function publicFiles(): string[] {
  const { exports }: { exports: Record<string, string | { default: string }> } = JSON.parse(read('package.json'))
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace('./dist/', '').replace(/\.js$/, '.ts')],
  )
}

test('every import resolves to a file of ours or is a package', () => {
  const broken = FILES.flatMap(({ path, imports }) =>
    imports.filter(({ isOurs, to }) => isOurs && !BY_PATH.has(to)).map(({ to }) => `${path} imports ${to}`),
  )
  expect(broken).toEqual([])
})

test('every part of src has an import rule', () => {
  const without = [...new Set(FILES.map(({ path }) => partOf(path)))].filter((part) => !(part in IMPORT_RULES))
  expect(without).toEqual([])
})

test('imports run one way', () => {
  const edge = ['cli', 'testing']
  const open = publicFiles()
  const mayImport = ({ path }: SourceFile, { to, kind }: Import): boolean => {
    const [from, part] = [partOf(path), partOf(to)]
    if (from === part) return true
    if (edge.includes(from) && open.includes(to)) return true
    const rule = IMPORT_RULES[from]
    return Boolean(rule?.values.includes(part) || (kind === 'type' && rule?.types.includes(part)))
  }
  const wrong = FILES.flatMap((file) =>
    file.imports
      .filter((one) => one.isOurs && !mayImport(file, one))
      .map(({ to, kind }) => `${file.path} may not import the ${kind}s of ${to}`),
  )
  expect(wrong).toEqual([])
})

test('ARCHITECTURE.md has the same import rules', () => {
  const names = (cell: string) =>
    cell
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '–')
      .flatMap((name) => COLLECTIVES[name] ?? [name])
  const [, table = ''] = read('ARCHITECTURE.md').split('| part | values of | types alone of |')
  const written = [...table.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, part = '', values = '', types = '']) => [part, { values: names(values), types: names(types) }] as const,
  )
  expect(Object.fromEntries(written)).toEqual(IMPORT_RULES)
})

test('ARCHITECTURE.md names every part of src', () => {
  const page = read('ARCHITECTURE.md')
  const parts = [...new Set(FILES.map(({ path }) => `src/${path.includes('/') ? `${partOf(path)}/` : path}`))]
  expect(parts.filter((part) => !page.includes(`\`${part}\``))).toEqual([])
})

test('no import goes round in a circle', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) return void circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path)) return
    for (const { to, isOurs, kind } of BY_PATH.get(path)?.imports ?? []) {
      if (isOurs && kind === 'value') walk(to, [...trail, path])
    }
    done.add(path)
  }
  for (const { path } of FILES) walk(path, [])
  expect(circles).toEqual([])
})

test('importing the core loads no driver, no framework and no mailer', () => {
  expect(NOT_AT_START.filter((name) => packagesLoadedBy('index.ts').has(name))).toEqual([])
})

test('importing the Express binding loads no driver, and Express and express-session stay the app’s to load', () => {
  expect(NOT_AT_START.filter((name) => packagesLoadedBy('bindings/express.ts').has(name))).toEqual([])
})

test('an app on tokens needs neither express-session nor its types', () => {
  expect([...packagesNamedBy('bindings/express-tokens.ts')].filter((name) => name.startsWith('express'))).toEqual([
    'express',
  ])
  expect(publicFiles()).toContain('bindings/express-tokens.ts')
})

test('importing the Fastify binding loads no driver, and Fastify and @fastify/session stay the app’s to load', () => {
  expect(NOT_AT_START.filter((name) => packagesLoadedBy('bindings/fastify.ts').has(name))).toEqual([])
})

test('an app on iron-session loads no framework of ours, and needs no types but Node’s', () => {
  expect(NOT_AT_START.filter((name) => packagesLoadedBy('bindings/iron-session.ts').has(name))).toEqual([])
  const named = [...packagesNamedBy('bindings/iron-session.ts')]
  expect(named.filter((name) => /^(express|fastify|iron-session|next)/.test(name))).toEqual([])
})

test('an app on Next hands over what is Next’s, and none of it is loaded twice', () => {
  const named = [...packagesNamedBy('bindings/next.ts')]
  expect(named.filter((name) => /^(express|fastify|iron-session|next|react)/.test(name))).toEqual([])
  expect(NOT_AT_START.filter((name) => packagesLoadedBy('bindings/next.ts').has(name))).toEqual([])
})

test('the storage port is reached without its drivers', () => {
  const loaded = packagesLoadedBy('storage/open-storage.ts')
  expect(NOT_AT_START.filter((name) => loaded.has(name))).toEqual([])
})

/** Packages whose values are loaded. */
function packagesLoadedBy(entry: string): Set<string> {
  return packagesBehind(entry, ({ kind }) => kind === 'value')
}

/** The same, and packages whose types the declarations name. */
function packagesNamedBy(entry: string): Set<string> {
  return packagesBehind(entry, ({ kind }) => kind !== 'dynamic')
}

function packagesBehind(entry: string, follows: (one: Import) => boolean): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const load = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const one of BY_PATH.get(path)?.imports ?? []) {
      if (!follows(one)) continue
      if (one.isOurs) load(one.to)
      else packages.add(one.to)
    }
  }
  load(entry)
  return packages
}
