import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { MANIFEST, SUBPATHS } from './export-map.js'
import { packagesNamedBy } from './packages-behind.js'
import { committedFiles, pages, ROOT, read } from './source-files.js'

const run = promisify(execFile)

/** What an app need not have: a driver or a framework. Types alone are never loaded. */
const LEFT_TO_APPS = [...Object.keys(MANIFEST.peerDependencies), 'kysely', 'ioredis', 'node:sqlite']

/** The few that load one all the same, and which: nothing else would be of use there. */
const LOADS: Readonly<Record<string, readonly string[]>> = {
  'usersessions/better-auth': ['@better-auth/core', 'better-auth', 'jose'],
  'usersessions/hono': ['hono'],
  'usersessions/hono-session': ['hono'],
  'usersessions/hono-tokens': ['hono'],
  'usersessions/nest': ['@nestjs/common', '@nestjs/core'],
  'usersessions/refresh-tokens': ['jose'],
  'usersessions/schema': ['kysely'],
}

const TESTS = committedFiles('test').filter((path) => /^test\/(contract|spec|unit|services)\/.*\.ts$/.test(path))

describe.each(SUBPATHS)('$name', ({ name, source }) => {
  test('has a page that says how it is imported', () => {
    const importing = pages().filter((page) => read(page).includes(`from '${name}'`))
    expect(importing).not.toEqual([])
  })

  test('is put to the test', () => {
    const from = source.replace(/\.ts$/, '.js')
    expect(TESTS.filter((path) => read(path).includes(`/src/${from}'`))).not.toEqual([])
  })

  test('loads no driver and no framework but its own', async () => {
    expect(await loadedWith(source)).toEqual(LOADS[name] ?? [])
  })

  test('names no package that is neither a dependency nor an optional peer', () => {
    const missing = [...packagesNamedBy(source)]
      .map(packageOf)
      .filter((one) => !one.startsWith('node:') && !(one in MANIFEST.dependencies))
      .filter((one) => !MANIFEST.peerDependenciesMeta[one]?.optional || !(one in MANIFEST.peerDependencies))
    expect(missing).toEqual([])
  })
})

/** Those of {@link LEFT_TO_APPS} that a process has loaded once it has imported a file of `src`. */
async function loadedWith(source: string): Promise<string[]> {
  const entry = pathToFileURL(join(ROOT, 'src', source)).href
  const { stdout } = await run(process.execPath, [join(ROOT, 'test/house/loaded.mjs'), entry])
  const lines = stdout.split('\n')
  expect(lines.some((line) => line.endsWith(`/src/${source}`))).toBe(true)
  const isLoaded = (name: string) => lines.some((line) => line === name || line.includes(`/node_modules/${name}/`))
  return LEFT_TO_APPS.filter(isLoaded).sort()
}

/** `@scope/name/file.js` is a file of `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
