import { UserSessionsError } from '../errors.js'
import type { SessionRecord } from '../session.js'
import { endRecords } from './end-sessions.js'
import { FRESH, findGone } from './find-gone.js'
import { isLive } from './list-sessions.js'
import { livePages } from './live-pages.js'
import type { Parts } from './parts.js'
import { destroyKeys, noteEnded, settleEnded } from './settle-ended.js'

/** Users whose sessions are ended at the same time: few, so that the app's requests find connections, too. */
const SIDE_BY_SIDE = 4

/** What {@link reconcileAll} may be told. */
export interface ReconcileOptions {
  /** Only count them. Default is false. */
  readonly dryRun?: boolean
  /** Told after each page how many there were so far. */
  readonly onProgress?: (ended: number) => void
}

/**
 * Ends, over all users, the sessions that the app's store no longer has: what a list does for one user. Only with a store
 * that has been handed over, and never for what it cannot tell. It keeps a page in memory; each is one statement of ours, one
 * look-up in the store, one end for each user concerned, and one destroy. After a crash a second run goes on: what has ended
 * is not looked at again.
 *
 * @returns how many
 * @throws UserSessionsError `store_unavailable` when the store cannot say; what was ended before stands
 */
export async function reconcileAll(parts: Parts, { dryRun = false, onProgress }: ReconcileOptions): Promise<number> {
  let count = 0
  let fresh = parts.config.clock() - FRESH
  for await (const page of livePages(parts.storage)) {
    const live = page.filter((record) => isLive(parts, record))
    const gone = [...(await findGone(parts, live, refuse))].filter(({ lastSeenAt }) => lastSeenAt < fresh)
    count += dryRun ? gone.length : await endGone(parts, gone)
    if (gone.length > 0) onProgress?.(count)
    fresh = parts.config.clock() - FRESH
  }
  return count
}

function refuse(cause: unknown): never {
  throw new UserSessionsError(
    'store_unavailable',
    'The app’s session store could not say which sessions it has; nothing of what it could not tell was ended. Run it again when the store answers.',
    { cause },
  )
}

async function endGone(parts: Parts, gone: readonly SessionRecord[]): Promise<number> {
  const ended: SessionRecord[][] = []
  try {
    await inRounds(byUser(gone), async (theirs) => {
      // A re-key that came since the page was read is none of this.
      const which = { ids: theirs.map(({ id }) => id), underKeys: theirs.map(({ keyHash }) => keyHash) }
      ended.push(await endRecords(parts, theirs[0].userId, which, { reason: 'expired', by: null, sparesRekeys: true }))
    })
  } finally {
    // Where one could not be ended, the others are told of none the less.
    await destroyKeys(parts, noteEnded(parts, ended.flat()))
    await inRounds(ended, (records) => settleEnded(parts, records, { request: undefined, keepKeys: true }))
  }
  return ended.flat().length
}

type Some<Item> = readonly [Item, ...Item[]]

function byUser(records: readonly SessionRecord[]): Some<SessionRecord>[] {
  const users = new Map<string, [SessionRecord, ...SessionRecord[]]>()
  for (const record of records) {
    const theirs = users.get(record.userId)
    if (theirs) theirs.push(record)
    else users.set(record.userId, [record])
  }
  return [...users.values()]
}

/** Stops after the round in which one failed. */
async function inRounds<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += SIDE_BY_SIDE) {
    const round = await Promise.allSettled(items.slice(start, start + SIDE_BY_SIDE).map(work))
    for (const each of round) if (each.status === 'rejected') throw each.reason
  }
}
