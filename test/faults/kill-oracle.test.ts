import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { hasPostgres, TestSchema } from '../services/postgres-server.js'
import { Chance } from './chance.js'
import { ChildApp, type ChildAppOptions } from './child-app.js'
import { Life } from './life.js'
import { Oracle } from './oracle.js'
import { traffic } from './traffic.js'

/** Of both databases together. */
const KILLS = Number(process.env.KILLS || 200)
const SEED = Number(process.env.KILL_SEED || Date.now() % 1_000_000)
/** Most lives are short, for kills at the first steps; one in so many has time for last seen to fall behind. Milliseconds. */
const SHORT_LIFE = 500
const LONG_LIFE = 2000
const LONG_ONES = 8
const INTERVALS = { touchInterval: 200, flushInterval: 50 }

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usersessions-kills-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Of the app that is killed. */
interface Where extends Pick<ChildAppOptions, 'storage' | 'store'> {
  readonly kind: 'postgres' | 'sqlite'
}

/** Kills the app again and again, in the midst of traffic, and has an oracle look at what it finds after each start. */
async function survive(where: Where, kills: number, seed: number): Promise<Oracle> {
  const { kind, ...stores } = where
  const options = { ...stores, ...INTERVALS, told: join(folder, `told-${seed}`) }
  await writeFile(options.told, '')
  const chance = new Chance(seed)
  const storage = await openStorage(where.storage, { migrate: true })
  const oracle = new Oracle(storage, options, chance)
  let [app, next, kill] = [new ChildApp(kind), new ChildApp(kind), 0]
  let life = new Life('')
  try {
    life = new Life(await app.open(options))
    while (kill++ < kills) {
      const people = traffic(life, oracle.sessions, chance)
      await Promise.race([people, pause(lifetime(kill, chance))])
      life.over()
      await app.kill()
      await people
      expect(app.output).toBe('')
      // The one after the next loads beside the traffic of the next.
      ;[app, next] = [next, new ChildApp(kind)]
      const dead = life
      life = new Life(await app.open(options))
      await oracle.check(dead, life, kill === kills)
    }
    return oracle
  } catch (error) {
    throw new Error(`KILL_SEED=${SEED}, kill ${kill} of ${kills}: ${error}`, { cause: error })
  } finally {
    life.over()
    await Promise.all([app.kill(), next.kill()])
    await storage.close()
  }
}

function lifetime(kill: number, chance: Chance): number {
  return kill % LONG_ONES === 0 ? LONG_LIFE : chance.next() * SHORT_LIFE
}

/** There was something to hold it to. */
function expectSome({ sessions }: Oracle): void {
  // A few kills may come before anything has happened.
  if (KILLS < 100) return
  expect(sessions.some(({ state }) => state === 'ended')).toBe(true)
  expect(sessions.flatMap(({ changes }) => changes).some(({ told }) => told > 0)).toBe(true)
}

const hasServer = await hasPostgres()

describe.concurrent('an app that is killed at any moment keeps what it has answered, and tells nothing twice', () => {
  const timeout = 60_000 + KILLS * 2000
  const kills = hasServer ? Math.ceil(KILLS / 2) : KILLS

  test('with its records in SQLite, and its own sessions in files', { timeout }, async () => {
    const where: Where = {
      kind: 'sqlite',
      storage: `sqlite:${join(folder, 'records.db')}`,
      store: join(folder, 'store'),
    }
    const oracle = await survive(where, kills, SEED)
    expectSome(oracle)
  })

  test.runIf(hasServer)('with both in PostgreSQL', { timeout }, async () => {
    await using schema = await TestSchema.make()
    const oracle = await survive({ kind: 'postgres', storage: schema.url, store: schema.url }, kills, SEED + 1)
    expectSome(oracle)
  })
})
