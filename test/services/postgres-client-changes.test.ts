import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { Chance } from '../faults/chance.js'
import { ChildApp, type ToldChange } from '../faults/child-app.js'
import { keyOf, newClient, type TestClient } from '../faults/clients.js'
import { KnownSession } from '../faults/known-session.js'
import { Life } from '../faults/life.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const SCHEDULES = 1000
/** Schedules side by side. */
const AT_ONCE = 25
const SEED = Number(process.env.SCHEDULE_SEED || Date.now() % 1_000_000)
const LONGEST_DELAY = 4

/** A visit that some processes get at the same moment. */
interface Step {
  readonly client: TestClient
  readonly at: readonly Life[]
  readonly delay: number
}

/** Two to four visits, of new clients for the most part; some come to both processes at once, some go back. */
function schedule(first: TestClient, lives: readonly Life[], chance: Chance): Step[] {
  const clients = [first]
  const step = (_: unknown, index: number): Step => {
    const isBack = index > 0 && chance.next() < 0.3
    const client = isBack ? first : newClient(chance, clients)
    clients.push(client)
    const one = chance.of(lives)
    return { client, at: chance.next() < 0.35 || !one ? lives : [one], delay: chance.next() * LONGEST_DELAY }
  }
  return Array.from({ length: 2 + chance.below(3) }, step)
}

/** Signs in, has the visits come at once, and then one more from a client that is known by now. */
async function run(user: string, lives: readonly Life[], chance: Chance): Promise<KnownSession> {
  const first = newClient(chance, [])
  const steps = schedule(first, lives, chance)
  const [home, last] = [chance.of(lives), chance.of(lives)]
  const answer = await home?.ask({ path: `/login?user=${user}`, method: 'POST', client: first })
  const session = new KnownSession(user, answer?.cookie ?? '', first)
  session.id = (await home?.list(session))?.[0]
  const visits = steps.flatMap(({ client, at, delay }) =>
    at.map((life) => pause(delay).then(() => life.visit(session, client))),
  )
  await Promise.all(visits)
  await last?.visit(session, chance.of(session.clients) ?? first)
  return session
}

/** What both processes told, once they have nothing left to tell. */
async function toldBy(lives: readonly Life[], files: readonly string[]): Promise<ToldChange[]> {
  const client = newClient(new Chance(0), [])
  for (const life of lives) await life.ask({ path: '/settle', method: 'POST', client })
  const lines = await Promise.all(files.map(async (file) => (await readFile(file, 'utf8')).split('\n').slice(0, -1)))
  return lines.flat().map((line) => JSON.parse(line))
}

/** Those that are not among the others, or more often than there. */
function beyond(texts: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1)
  return texts.filter((text) => {
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count <= 0
  })
}

if (await hasPostgres()) {
  const title = `two processes tell each change of client once, and going back to nobody, in ${SCHEDULES} random schedules`
  test(title, { timeout: 120_000 }, async () => {
    await using schema = await TestSchema.make()
    await (await openStorage(schema.url, { migrate: true })).close()
    const folder = await mkdtemp(join(tmpdir(), 'usersessions-told-'))
    const apps = [new ChildApp('postgres'), new ChildApp('postgres')]
    const files = apps.map((_, index) => join(folder, `told-${index}`))
    try {
      const lives: Life[] = []
      for (const [index, app] of apps.entries()) {
        const told = files[index] ?? ''
        await writeFile(told, '')
        const where = { storage: schema.url, store: schema.url, told, touchInterval: 500, flushInterval: 100 }
        lives.push(new Life(await app.open(where)))
      }
      const chance = new Chance(SEED)
      const sessions: KnownSession[] = []
      // The first one makes the app's own table, alone.
      for (let made = 0; made < SCHEDULES; made = sessions.length) {
        const count = Math.min(made === 0 ? 1 : AT_ONCE, SCHEDULES - made)
        const users = Array.from({ length: count }, (_, index) => `user-${made + index}`)
        sessions.push(...(await Promise.all(users.map((user) => run(user, lives, chance)))))
      }
      const told = (await toldBy(lives, files)).map((one) => `${one.session} ${keyOf(one)}`)
      const wanted = sessions.flatMap(({ id, changes }) => changes.map(({ client }) => `${id} ${keyOf(client)}`))
      expect(beyond(told, wanted), `told, and no change or told before: SCHEDULE_SEED=${SEED}`).toEqual([])
      expect(beyond(wanted, told), `a change, and not told: SCHEDULE_SEED=${SEED}`).toEqual([])
      expect(apps.map(({ output }) => output)).toEqual(['', ''])
    } finally {
      for (const app of apps) await app.kill()
      await rm(folder, { recursive: true, force: true })
    }
  })
}
