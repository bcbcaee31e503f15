import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { barrier } from '../spec/barrier.js'
import { Browser } from '../spec/browser.js'
import { type ContractApp, type StartBinding, startContractApp } from './contract-app.js'

const byEnd = new AsyncLocalStorage<{ beforeDestroy: () => Promise<void> }>()

/** Where an authentication library's storage stops at every gap of a request; what `end` destroys waits at a gate of its own. */
export class Steps {
  gap: () => Promise<void> = async () => {}

  async around<Result>(run: () => Promise<Result>): Promise<Result> {
    const end = byEnd.getStore()
    if (end) {
      await end.beforeDestroy()
      return run()
    }
    await this.gap()
    const result = await run()
    await this.gap()
    return result
  }

  /** The same object; each method of it that returns a promise is a step. */
  through<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (on, name) => {
        const value: unknown = Reflect.get(on, name, on)
        if (typeof value !== 'function' || name === 'transaction') return value
        return (...args: unknown[]) => {
          const call = async (): Promise<unknown> => Reflect.apply(value, on, args)
          return this.around(call)
        }
      },
    })
  }
}

/** A library on a storage that stops. */
export interface AuthStand {
  readonly start: StartBinding
  readonly steps: Steps
  /** The tokens that its storage holds. */
  tokens(): readonly string[]
  /** Deletes all of them at once, as an app without us would. */
  drop(): void
  /** What requests do; each must be possible for a session that is alive. */
  readonly requests: Readonly<Record<string, (browser: Browser) => Promise<Response>>>
}

/** What was seen of the library alone: gaps in which its session was deleted, and how many of these left it alive. */
export interface Alone {
  gaps: number
  alive: number
  /** Pairs of gaps that were walked with us. */
  pairs: number
}

/** Walks every pair of gaps between a request and an end of its session. */
export function authInterleavings(name: string, open: () => AuthStand): Alone {
  const alone: Alone = { gaps: 0, alive: 0, pairs: 0 }
  describe(`${name}: an ended session stays ended, whenever a request runs into its end`, () => {
    test.each(Object.keys(open().requests))('a request that does: %s', async (request) => {
      const stand = open()
      await using app = await startContractApp(stand.start)
      const gaps = await countGaps(app, stand, request)
      for (let commit = 0; commit <= gaps; commit++) {
        for (let destroy = commit; destroy <= gaps; destroy++) {
          const where = `committed in gap ${commit}, destroyed in gap ${destroy} of ${gaps}`
          const { left, copies } = await endDuring(app, stand, request, commit, destroy)
          alone.pairs++
          expect(left, `left in the store: ${where}`).toEqual([])
          for (const copy of copies) expect((await copy.get('/me')).status, `admitted: ${where}`).toBe(401)
        }
      }
    })

    test.each(Object.keys(open().requests))('the library alone, for comparison: %s', async (request) => {
      const stand = open()
      await using app = await startContractApp(stand.start, { sessions: { mode: 'off' } })
      const gaps = await countGaps(app, stand, request)
      for (let at = 0; at <= gaps; at++) {
        alone.gaps++
        if (await aliveAfterDrop(app, stand, request, at)) alone.alive++
      }
    })
  })
  return alone
}

async function signedIn(app: ContractApp): Promise<Browser> {
  const browser = new Browser(app.url)
  expect((await browser.signIn('ada')).status).toBe(303)
  return browser
}

async function send(stand: AuthStand, browser: Browser, request: string): Promise<Response | undefined> {
  return stand.requests[request]?.(browser)
}

async function countGaps(app: ContractApp, stand: AuthStand, request: string): Promise<number> {
  const browser = await signedIn(app)
  let gaps = 0
  stand.steps.gap = async () => {
    gaps++
  }
  expect((await send(stand, browser, request))?.status).toBe(200)
  stand.steps.gap = async () => {}
  await app.sessions.user('ada').endAll()
  stand.drop()
  return gaps
}

async function aliveAfterDrop(app: ContractApp, stand: AuthStand, request: string, at: number): Promise<boolean> {
  const browser = await signedIn(app)
  let gap = 0
  stand.steps.gap = async () => {
    if (gap++ === at) stand.drop()
  }
  await send(stand, browser, request)
  stand.steps.gap = async () => {}
  if (gap <= at) stand.drop()
  const alive = stand.tokens().length > 0 || (await browser.get('/me')).status !== 401
  stand.drop()
  return alive
}

/** Ends the session while a request of it runs: the commit in one gap, the store's destroy in a later one. */
async function endDuring(app: ContractApp, stand: AuthStand, request: string, commit: number, destroy: number) {
  const browser = await signedIn(app)
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
  stand.steps.gap = () => reach(gap++)
  await send(stand, browser, request)
  stand.steps.gap = async () => {}
  for (let late = gap; late <= destroy; late++) await reach(late)
  return { left: stand.tokens(), copies: [old, browser] }
}
