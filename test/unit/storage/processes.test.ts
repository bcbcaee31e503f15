import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { compiledSource } from './compiled-source.js'

const run = promisify(execFile)
let source = ''
let folder = ''

beforeAll(async () => {
  source = await compiledSource()
  folder = await mkdtemp(join(tmpdir(), 'usersessions-processes-'))
})
afterAll(async () => {
  for (const path of [source, folder]) await rm(path, { recursive: true, force: true })
})

/** Runs a module in processes of their own that all go on at the same moment. Returns what each printed. */
async function together(count: number, program: string, from = source): Promise<string[]> {
  const at = Date.now() + 600 + count * 150
  const script = `
    import { openStorage } from '${from}/storage/open-storage.js'
    await new Promise((go) => setTimeout(go, ${at} - Date.now()))
    ${program}`
  const each = () => run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
  const done = await Promise.all(Array.from({ length: count }, each))
  return done.map(({ stdout }) => stdout.trim())
}

test('processes that migrate one file at the same moment all start, and the tables are made once', async () => {
  for (let round = 0; round < 2; round++) {
    const url = `sqlite:${join(folder, `migrate-${round}.db`)}`
    const open = `let made = 0
      const onStatement = (sql) => { if (sql.startsWith('create table "user_sessions"')) made++ }
      const storage = await openStorage('${url}', { migrate: true, onStatement })
      console.log(made, await storage.meta('schema_version'), await storage.meta('id', { value: String(process.pid), ifAbsent: true }))`
    const printed = await together(8, open)
    expect(printed.filter((line) => line.startsWith('1 '))).toHaveLength(1)
    const rest = printed.map((line) => line.slice(2))
    expect(new Set(rest).size).toBe(1)
    expect(rest[0]).toMatch(/^3 \d+$/)
  }
})

test('sign-ins from several processes at once never exceed the cap and lose nothing', async () => {
  const url = `sqlite:${join(folder, 'cap.db')}`
  const storage = await openStorage(url, { migrate: true })
  const printed = await together(
    3,
    `import { createHash, randomBytes } from 'node:crypto'
    const storage = await openStorage('${url}')
    let told = 0
    for (let i = 0; i < 100; i++) {
      const hex = randomBytes(6).toString('hex')
      const now = Date.now()
      const recorded = await storage.record({
        id: '01900000-0000-7000-8000-' + hex, userId: 'alice', keyHash: createHash('sha256').update(hex).digest(), sealedKey: null,
        ip: null, userAgent: null, hints: null, name: null, data: null,
        createdAt: now, lastSeenAt: now, authenticatedAt: now, expiresAt: now + 1000
      }, { max: 5, ending: { reason: 'limit', by: null, at: now } })
      told += recorded.evicted.length
      if ((await storage.list('alice')).length > 5) throw new Error('more than the cap')
    }
    console.log(told)`,
  )
  expect(await storage.list('alice')).toHaveLength(5)
  expect(printed.map(Number).reduce((sum, told) => sum + told)).toBe(295)
  await storage.close()
})

test('opening a storage in memory loads neither Kysely nor a driver', async () => {
  // From a folder where neither can be found.
  const bare = join(folder, 'bare')
  await cp(source, bare, { recursive: true })
  const [printed] = await together(
    1,
    `console.log((await openStorage('memory:')).name)
    await openStorage('sqlite::memory:').catch(({ code }) => console.log(code))`,
    bare,
  )
  expect(printed).toBe('memory\nERR_MODULE_NOT_FOUND')
})
