import type { SessionRecord } from '../session.js'
import { endSessions } from './end-sessions.js'
import { FRESH, findGone, isLive } from './list-sessions.js'
import type { Parts } from './parts.js'

const PAGE = 1000

/** What {@link reconcileAll} may be told. */
export interface ReconcileOptions {
  /** Only count them. Default is false. */
  readonly dryRun?: boolean
  /** Told after each page how many there were so far. */
  readonly onProgress?: (ended: number) => void
}

/**
 * Ends, over all users, the sessions that the app's store no longer has: what a list does for one user. Only with a store
 * that has been handed over, and never for what it cannot tell.
 *
 * @returns how many
 */
export async function reconcileAll(parts: Parts, { dryRun = false, onProgress }: ReconcileOptions): Promise<number> {
  let count = 0
  let after: string | undefined
  for (;;) {
    const page = await parts.storage.search({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    const live = page.filter((record) => isLive(parts, record))
    const over = parts.config.clock() - FRESH
    const gone = [...(await findGone(parts, live))].filter(({ lastSeenAt }) => lastSeenAt < over)
    count += dryRun ? gone.length : await endGone(parts, gone)
    if (gone.length > 0) onProgress?.(count)
    after = page.at(-1)?.id
    if (page.length < PAGE) return count
  }
}

async function endGone(parts: Parts, gone: readonly SessionRecord[]): Promise<number> {
  let count = 0
  for (const user of new Set(gone.map(({ userId }) => userId))) {
    const theirs = gone.filter(({ userId }) => userId === user)
    const which = { ids: theirs.map(({ id }) => id), underKeys: theirs.map(({ keyHash }) => keyHash) }
    count += (await endSessions(parts, user, which, { reason: 'expired', by: null, sparesRekeys: true })).length
  }
  return count
}
