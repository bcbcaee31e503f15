import Database from 'libsql'
import { expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { DAY, Stage } from '../../../src/testing/storage/stage.js'

test("an erased user's id is kept for a day, for others to learn of it, and goes with the next purge", async () => {
  const database = new Database(':memory:')
  let now = () => 0
  const stage = new Stage(await openStorage(database, { clock: () => now(), migrate: true }))
  now = () => stage.now
  const ids = () => database.prepare('select user_id from user_session_users order by 1').all([])
  for (const user of ['alice', 'bob', 'carol']) await stage.storage.block(user, true)
  for (const user of ['alice', 'carol']) await stage.storage.erase(user)
  stage.now += DAY
  await stage.storage.purge(0, 10)
  expect(ids()).toHaveLength(3)
  // Blocked anew: what was decided after the erasure stays.
  await stage.storage.block('carol', true)
  stage.now += 1
  await stage.storage.purge(0, 10)
  expect(ids()).toEqual([{ user_id: 'bob' }, { user_id: 'carol' }])
  expect(await stage.storage.isBlocked('carol')).toBe(true)
})
