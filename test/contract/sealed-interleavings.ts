import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory.js'
import { Browser } from '../spec/browser.js'
import { gatedStorage } from '../spec/race-gates.js'
import { type ContractApp, HANDLERS, type StartBinding, startContractApp } from './contract-app.js'

/** Told before and after each thing that a request does: opening its session, asking our records, saving. */
export type Gap = (where: string) => Promise<void>

/** What was seen over all handlers. */
export interface SealedWalk {
  pairs: number
  admitted: number
}

interface Steps {
  gap: Gap
}

/**
 * Walks every pair of gaps between a request and an end of its session, on a binding whose sessions lie in the client's cookie
 * alone: the end is committed in one gap, and this process hears of it in a later one. Where the end has resolved, neither the
 * cookie that the request was sent with nor the one it was answered with is admitted.
 *
 * @param node remembers nothing between requests when it is `cold`
 */
export function sealedInterleavings(name: string, start: (gap: Gap) => StartBinding): SealedWalk {
  const walked: SealedWalk = { pairs: 0, admitted: 0 }
  describe.each([
    'warm',
    'cold',
  ])(`${name}: an ended session stays ended, whenever a request runs into its end (%s)`, (node) => {
    test.each(HANDLERS)('a request that does: %s', async (handler) => {
      const steps: Steps = { gap: async () => {} }
      const inner = memoryStorage()
      const storage = gatedStorage(
        inner,
        (step) => steps.gap(step),
        async () => {},
      )
      await using app = await startContractApp(
        start((where) => steps.gap(where)),
        { sessions: { storage } },
      )
      const gaps = await countGaps(app, steps, handler, node)
      expect(gaps).toBeGreaterThan(1)
      for (let commit = 0; commit <= gaps; commit++) {
        for (let heard = commit; heard <= gaps; heard++) {
          const where = `committed in gap ${commit}, heard in gap ${heard} of ${gaps}`
          const alive = await aliveAfter(app, steps, handler, node, commit, heard)
          walked.pairs++
          walked.admitted += alive.length
          expect(alive, where).toEqual([])
        }
      }
    })
  })
  return walked
}

async function signedIn(app: ContractApp, node: string): Promise<Browser> {
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  // Everything of a user's that is moved is looked up again.
  if (node === 'cold') await app.sessions.user('ada').moveTo('ada')
  return browser
}

async function countGaps(app: ContractApp, steps: Steps, handler: string, node: string): Promise<number> {
  const browser = await signedIn(app, node)
  let gaps = 0
  steps.gap = async () => {
    gaps++
  }
  await browser.get(`/${handler}`)
  steps.gap = async () => {}
  await app.sessions.user('ada').endAll()
  return gaps
}

/** Which of the request's cookies, the one before it and the one after it, still are somebody's. */
async function aliveAfter(
  app: ContractApp,
  steps: Steps,
  handler: string,
  node: string,
  commit: number,
  heard: number,
): Promise<string[]> {
  const after = await signedIn(app, node)
  const before = new Browser(app.url)
  for (const [name, value] of after.cookies) before.cookies.set(name, value)
  let ending: Promise<unknown> = Promise.resolve()
  let hear = () => {}
  const mayHear = new Promise<void>((resolve) => {
    hear = resolve
  })
  let committed = () => {}
  const isCommitted = new Promise<void>((resolve) => {
    committed = resolve
  })
  let gap = 0
  let isInside = false
  let isOver = false
  const reach = async (now: number) => {
    if (now === commit) {
      ending = app.sessions.user('ada').endAll()
      await Promise.race([isCommitted, ending])
    }
    if (now === heard) {
      hear()
      await ending
    }
  }
  steps.gap = async (where) => {
    if (where === 'storage.end') return
    if (where === 'storage.end answers') {
      // An end that the request itself makes waits for those under way.
      if (isOver) hear()
      isOver = true
      committed()
      return mayHear
    }
    // The end's own steps are no gaps of the request.
    if (isInside) return
    isInside = true
    await reach(gap++)
    isInside = false
  }
  await after.get(`/${handler}`)
  for (let late = gap; late <= heard; late++) await reach(late)
  steps.gap = async () => {}
  const alive: string[] = []
  for (const [which, browser] of [
    ['the cookie it came with', before],
    ['the cookie it left', after],
  ] as const) {
    if ((await browser.get('/me')).status !== 401) alive.push(which)
  }
  await app.sessions.flush()
  return alive
}
