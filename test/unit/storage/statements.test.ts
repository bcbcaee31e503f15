import Database from 'libsql'
import { beforeEach, expect, test } from 'vitest'
import { CHANGE_WINDOW } from '../../../src/storage/changes.js'
import { openStorage } from '../../../src/storage/open-storage.js'
import { Stage } from '../../../src/testing/storage/stage.js'

let database: Database.Database
let stage: Stage
let ran: string[]
let onStatement: (sql: string) => void

beforeEach(async () => {
  ran = []
  onStatement = (sql) => ran.push(sql)
  let now = () => 0
  const options = { clock: () => now(), migrate: true, onStatement: (sql: string) => onStatement(sql) }
  database = new Database(':memory:')
  stage = new Stage(await openStorage(database, options))
  now = () => stage.now
})

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  ran.length = 0
  await work()
  return ran.filter((sql) => !/^(begin|commit)/.test(sql)).length
}

async function signInMany(count: number) {
  for (let i = 0; i < count; i++) await stage.signIn('alice')
}

test('a list is one statement with one session and with a thousand', async () => {
  for (const more of [1, 999]) {
    await signInMany(more)
    expect(await statementsOf(() => stage.storage.list('alice'))).toBe(1)
  }
  expect(await stage.storage.list('alice')).toHaveLength(1000)
})

test('an end of 999 is at most three statements, with release too', async () => {
  for (const release of [false, true]) {
    await signInMany(1000)
    const [newest] = await stage.storage.list('alice')
    const end = () => stage.storage.end('alice', { except: [newest?.id ?? ''] }, stage.how('app', { release }))
    let ended = 0
    const count = await statementsOf(async () => {
      ended = (await end()).length
    })
    expect(ended).toBeGreaterThanOrEqual(999)
    expect(count).toBeLessThanOrEqual(3)
  }
})

test('a sign-in is at most three statements, five with a cap, whatever the number of sessions', async () => {
  for (const sessions of [0, 1, 10, 989]) {
    await signInMany(sessions)
    expect(await statementsOf(() => stage.storage.record(stage.fresh('alice')))).toBeLessThanOrEqual(3)
  }
  expect(await statementsOf(() => stage.storage.record(stage.fresh('alice'), stage.cap(1)))).toBeLessThanOrEqual(5)
  expect(await stage.liveIds('alice')).toHaveLength(1)
})

test('a chunk of a purge is one statement, and one more when it is the last', async () => {
  await signInMany(5)
  const later = stage.now + 10 * 86_400_000
  expect(await statementsOf(() => stage.storage.purge(later, 3))).toBe(1)
  expect(await statementsOf(() => stage.storage.purge(later, 3))).toBe(2)
})

test('a page of a walk is one statement, which begins where the page before ended', async () => {
  await signInMany(20)
  const page = await stage.storage.walk(5)
  expect(await statementsOf(async () => stage.storage.walk(5, page.at(-1)))).toBe(1)
  const plan = database.prepare(`explain query plan ${ran.at(-1)}`).all('alice', 'alice', page?.at(-1)?.id, 5)
  const [{ detail } = { detail: '' }, ...more] = plan.map((step) => Object(step))
  expect(detail).toMatch(/^SEARCH user_sessions USING (PRIMARY KEY|INDEX \S*) \(\(?user_id/)
  expect(more).toEqual([])
})

test('a big batch of touches lets others run in between', async () => {
  await signInMany(1000)
  const batch = (await stage.storage.list('alice')).map(({ userId, id }) => ({
    userId,
    id,
    lastSeenAt: 1,
    expiresAt: 1,
  }))
  let turns = 0
  let touching = true
  const count = () => {
    turns++
    if (touching) setImmediate(count)
  }
  setImmediate(count)
  await stage.storage.touch(batch)
  touching = false
  expect(turns).toBeGreaterThan(4)
})

test('an end whose commit came long after the time it noted is noted once more', async () => {
  await stage.signIn('alice')
  await stage.signIn('bob')
  const { cursor } = await stage.storage.changedSince()
  onStatement = (sql) => {
    ran.push(sql)
    if (sql === 'commit' && ran.filter((each) => each === 'commit').length === 1) stage.now += CHANGE_WINDOW
  }
  ran.length = 0
  const before = stage.now
  await stage.storage.end('alice', 'all', stage.how())
  const next = await stage.storage.changedSince(cursor)
  expect(next.users).toEqual(['alice'])
  expect(next.cursor.at).toBeGreaterThan(before + CHANGE_WINDOW / 2)
})
