import type { Live } from '../activity/live.js'
import type { SessionRecord } from '../session.js'
import { endSessions } from './end-sessions.js'
import { FRESH, findGone } from './find-gone.js'
import type { Parts } from './parts.js'

/**
 * The live sessions of a user, latest seen first: one query and one bulk existence check in the app's store. What the
 * store no longer has is left out, and ended after the answer (parity row 6). When the store cannot tell, all are listed.
 */
export async function listSessions(parts: Parts, user: string): Promise<SessionRecord[]> {
  const fresh = parts.config.clock() - FRESH
  const records = (await parts.storage.list(user)).filter((record) => isLive(parts, record))
  const gone = await findGone(parts, records)
  if (gone.size === 0) return inOrder(parts, records)
  const over = [...gone].filter((record) => record.lastSeenAt < fresh)
  if (over.length > 0) {
    // A re-key that came since the list was read is none of this.
    const which = { ids: over.map(({ id }) => id), underKeys: over.map(({ keyHash }) => keyHash) }
    const how = { reason: 'expired', by: null, sparesRekeys: true } as const
    parts.background('end what the store no longer has', endSessions(parts, user, which, how))
  }
  return inOrder(
    parts,
    records.filter((record) => !gone.has(record)),
  )
}

/** Whether neither an end nor a sign-out of everyone lies over it. */
export function isLive({ changes }: Pick<Parts, 'changes'>, record: SessionRecord): boolean {
  return record.endedAt === null && record.createdAt > (changes.everyone?.at ?? Number.NEGATIVE_INFINITY)
}

function inOrder({ tracker }: Parts, records: readonly SessionRecord[]): SessionRecord[] {
  return records
    .map((record) => withActivity(record, tracker.latest(record.id)))
    .sort((a, b) => b.lastSeenAt - a.lastSeenAt || (a.id < b.id ? 1 : -1))
}

/** What this process has seen and not yet written shows, too. */
function withActivity(record: SessionRecord, latest: Live | undefined): SessionRecord {
  if (!latest) return record
  const { ip, userAgent, hints } = latest.stored ? latest : record
  return {
    ...record,
    ip,
    userAgent,
    hints,
    lastSeenAt: Math.max(record.lastSeenAt, latest.lastSeenAt),
    expiresAt: Math.max(record.expiresAt, latest.expiresAt),
  }
}
