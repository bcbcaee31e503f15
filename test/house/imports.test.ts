import { expect, test } from 'vitest'
import { SUBPATHS } from './export-map.js'
import { COLLECTIVES, IMPORT_RULES } from './import-rules.js'
import { packagesLoadedBy, packagesNamedBy } from './packages-behind.js'
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
  'koa',
  'koa-session',
  'hono-sessions',
  '@hono/session',
  'iron-session',
  'next',
  'react',
  'nodemailer',
  'maxmind',
  'pg',
  'redis',
  'ioredis',
]

const FRAMEWORKS = ['express', 'express-session', 'fastify', '@fastify/session', 'koa', 'koa-session']

/** Files behind the subpaths of the package's export map, below `src`. */
const publicFiles = () => SUBPATHS.map(({ source }) => source)

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
  expect([...NOT_AT_START, 'hono'].filter((name) => packagesLoadedBy('index.ts').has(name))).toEqual([])
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

test.each(['koa', 'node', 'node-tokens'])('importing bindings/%s loads no driver and no framework', (name) => {
  expect(publicFiles()).toContain(`bindings/${name}.ts`)
  expect(NOT_AT_START.filter((one) => packagesLoadedBy(`bindings/${name}.ts`).has(one))).toEqual([])
})

test('each needs the types of its own framework and library alone', () => {
  const named = (name: string) => [...packagesNamedBy(`bindings/${name}.ts`)].filter((one) => FRAMEWORKS.includes(one))
  expect(named('koa')).toEqual(['koa', 'koa-session'])
  expect(named('node').sort()).toEqual(['express', 'express-session'])
  expect(named('node-tokens')).toEqual([])
})

test.each([
  'bindings/hono.ts',
  'bindings/hono-session.ts',
  'bindings/hono-tokens.ts',
])('importing %s loads Hono and no driver, and needs neither session library nor its types', (entry) => {
  expect(NOT_AT_START.filter((name) => packagesLoadedBy(entry).has(name))).toEqual([])
  const named = [...packagesNamedBy(entry)].filter((name) => name.includes('hono'))
  expect(new Set(named.map((name) => name.split('/', 1)[0]))).toEqual(new Set(['hono']))
  expect(publicFiles()).toContain(entry)
})

test('the handlers of Request and Response need no framework at all, nor its types', () => {
  const frameworks = [...packagesNamedBy('bindings/web.ts')].filter((name) => /express|fastify|hono/.test(name))
  expect([...frameworks, ...NOT_AT_START.filter((name) => packagesLoadedBy('bindings/web.ts').has(name))]).toEqual([])
  expect(publicFiles()).toContain('bindings/web.ts')
})

test('importing the Better Auth plug-in loads Better Auth and no framework or driver', () => {
  const loaded = packagesLoadedBy('bindings/better-auth.ts')
  expect(NOT_AT_START.filter((name) => loaded.has(name))).toEqual([])
  expect([...loaded].filter((name) => name.includes('auth'))).toEqual([
    '@better-auth/core/context',
    'better-auth/api',
    'better-auth/cookies',
  ])
})

test('an app on Auth.js needs no other framework, and Auth.js stays the app’s to load', () => {
  const named = [...packagesNamedBy('bindings/auth-js.ts')]
  expect(named.filter((name) => /auth|express|fastify/.test(name))).toEqual([])
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
