import { AsyncLocalStorage } from 'node:async_hooks'
import session from 'express-session'
import { afterAll, describe, expect, test } from 'vitest'
import { barrier } from '../spec/barrier.js'
import { Browser } from '../spec/browser.js'
import { type ContractApp, type ContractSetup, HANDLERS, type StartBinding, startContractApp } from './contract-app.js'

/** Told before and after each thing a request does to its store. */
type Gap = () => Promise<void>

const byEnd = new AsyncLocalStorage<{ beforeDestroy: () => Promise<void> }>()

/** A store that stops at every gap of a request; what `end` destroys waits at a gate of its own. */
class SteppedStore extends session.MemoryStore {
  gap: Gap = async () => {}

  override get(...args: Parameters<session.MemoryStore['get']>): void {
    void this.#step(args, (done) => super.get(args[0], done))
  }

  override set(...args: Parameters<session.MemoryStore['set']>): void {
    void this.#step(args, (done) => super.set(args[0], args[1], done))
  }

  override touch(...args: Parameters<NonNullable<session.MemoryStore['touch']>>): void {
    void this.#step(args, (done) => super.touch?.(args[0], args[1], () => done()))
  }

  override destroy(...args: Parameters<session.MemoryStore['destroy']>): void {
    const end = byEnd.getStore()
    if (!end) return void this.#step(args, (done) => super.destroy(args[0], done))
    void end.beforeDestroy().then(() => super.destroy(args[0], args[1]))
  }

  async #step(args: readonly unknown[], run: (done: (...answer: unknown[]) => void) => void): Promise<void> {
    await this.gap()
    run((...answer: unknown[]) => {
      const callback = args.at(-1)
      void this.gap().then(() => (typeof callback === 'function' ? callback(...answer) : undefined))
    })
  }

  keys(): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.all((error, sessions) => (error ? reject(error) : resolve(Object.keys(sessions ?? {}))))
    })
  }

  /** Destroys a key at once. */
  drop(key: string): Promise<void> {
    return new Promise((resolve) => super.destroy(key, () => resolve()))
  }

  /** Who is signed in, in what the store holds. */
  users(): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      this.all((error, sessions) =>
        error ? reject(error) : resolve(Object.values(sessions ?? {}).flatMap(({ userId }) => userId ?? [])),
      )
    })
  }
}

/** What was seen of one kind of request, over all layers. */
export interface Walked {
  readonly handler: string
  /** Pairs of gaps in which the end's two steps were placed. */
  pairs: number
  /** Of these, how many left the session admitted, or its user in the store. */
  admitted: number
  left: number
  /** Gaps in which the library alone, without us, had its key destroyed; and how many of these left it alive. */
  aloneGaps: number
  aloneAlive: number
}

/**
 * Walks every pair of gaps between a request and an end of its session, on a binding whose library keeps it in a store.
 *
 * @returns what is seen, filled while the tests run
 */
export function interleavings(start: StartBinding, layers: readonly ContractSetup['layer'][]): readonly Walked[] {
  const walked = HANDLERS.map(
    (handler): Walked => ({ handler, pairs: 0, admitted: 0, left: 0, aloneGaps: 0, aloneAlive: 0 }),
  )
  describe.each(layers)('an ended session stays ended, whenever a request runs into its end (%o)', (layer) => {
    const store = new SteppedStore()
    let app: ContractApp | undefined
    afterAll(() => app?.[Symbol.asyncDispose]())

    test.each(HANDLERS)('a request that does: %s', async (handler) => {
      app ??= await startContractApp(start, { store, layer })
      const seen = walked.find((one) => one.handler === handler)
      if (!seen) throw new Error(`no such handler: ${handler}`)
      const gaps = await countGaps(app, store, handler)
      expect(gaps).toBeGreaterThan(1)
      for (let commit = 0; commit <= gaps; commit++) {
        for (let destroy = commit; destroy <= gaps; destroy++) {
          const where = `committed in gap ${commit}, destroyed in gap ${destroy} of ${gaps}`
          const { browser, users } = await endDuring(app, store, handler, commit, destroy)
          const { status } = await browser.get('/me')
          seen.pairs++
          if (users.length > 0) seen.left++
          if (status !== 401) seen.admitted++
          expect(users, `left in the store: ${where}`).toEqual([])
          expect(status, `admitted: ${where}`).toBe(401)
        }
      }
    })

    test.each(HANDLERS)('the library alone, for comparison: %s', async (handler) => {
      const seen = walked.find((one) => one.handler === handler)
      const alone = new SteppedStore()
      await using bare = await startContractApp(start, { store: alone, layer, sessions: { mode: 'off' } })
      const gaps = await countGaps(bare, alone, handler)
      for (let at = 0; at <= gaps; at++) {
        const alive = await aliveAfterDestroy(bare, alone, handler, at)
        if (!seen) continue
        seen.aloneGaps++
        if (alive) seen.aloneAlive++
      }
    })
  })
  return walked
}

/** Destroys the key in the store in one gap of a request, as an app without us would; whether the user is still there. */
async function aliveAfterDestroy(app: ContractApp, store: SteppedStore, handler: string, at: number): Promise<boolean> {
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const [key = ''] = await store.keys()
  let gap = 0
  store.gap = async () => {
    if (gap++ === at) await store.drop(key)
  }
  await browser.get(`/${handler}`)
  store.gap = async () => {}
  if (gap <= at) await store.drop(key)
  const alive = (await browser.get('/me')).status !== 401 || (await store.users()).length > 0
  await new Promise<void>((resolve) => store.clear(() => resolve()))
  return alive
}

async function countGaps(app: ContractApp, store: SteppedStore, handler: string): Promise<number> {
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  let gaps = 0
  store.gap = async () => {
    gaps++
  }
  await browser.get(`/${handler}`)
  store.gap = async () => {}
  await app.sessions.user('ada').endAll()
  return gaps
}

/** Ends the session while a request of it runs: the commit in one gap, the store's destroy in a later one. */
async function endDuring(app: ContractApp, store: SteppedStore, handler: string, commit: number, destroy: number) {
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const old = new Browser(app.url)
  for (const [name, value] of browser.cookies) old.cookies.set(name, value)
  const [{ id } = { id: '' }, ...others] = await app.sessions.user('ada').list()
  expect([id !== '', others]).toEqual([true, []])

  const gate = barrier()
  const committed = barrier()
  let ending: Promise<unknown> = Promise.resolve()
  const startEnd = () => {
    const beforeDestroy = () => {
      committed.open()
      return gate.passed
    }
    ending = byEnd.run({ beforeDestroy }, () => app.sessions.user('ada').end([id]))
    return Promise.race([committed.passed, ending])
  }
  let gap = 0
  const reach = async (now: number) => {
    if (now === commit) await startEnd()
    if (now === destroy) {
      gate.open()
      await ending
    }
  }
  store.gap = () => reach(gap++)
  expect((await browser.get(`/${handler}`)).status).toBe(200)
  store.gap = async () => {}
  for (let late = gap; late <= destroy; late++) await reach(late)
  // Before anybody asks: a look at an ended key destroys what is left under it.
  const users = await store.users()
  expect((await old.get('/me')).status).toBe(401)
  return { browser, users }
}
