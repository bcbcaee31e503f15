import type { ClientChange } from '../events/events.js'
import type { Client, SessionRecord } from '../session.js'
import type { Storage } from '../storage/storage.js'
import type { Judge } from './judge.js'
import type { Live } from './verdicts.js'

/** What following a client needs. */
export interface FollowParts {
  readonly storage: Pick<Storage, 'update' | 'get'>
  readonly judge: Pick<Judge, 'forget'>
  readonly changed: (record: SessionRecord, from: Client, change: ClientChange) => void
}

/**
 * Writes a session's new client at once, by compare-and-set: over all nodes and requests in flight exactly one caller
 * wins, and only that one tells (parity row 12).
 */
export async function followClient(parts: FollowParts, live: Live, to: Client): Promise<void> {
  const from: Client = { ip: live.ip, userAgent: live.userAgent }
  live.ip = to.ip
  live.userAgent = to.userAgent
  let won = false
  try {
    won = await parts.storage.update(live.user, live.id, { ...to, lastSeenAt: live.lastSeenAt }, from)
  } finally {
    // Another node wrote another client first, or the session is no more, or storage failed: start from what it has.
    if (!won) parts.judge.forget(live.id, live.user)
  }
  if (!won) return
  const record = await parts.storage.get(live.user, live.id)
  if (record) parts.changed(record, from, { ip: from.ip !== to.ip, userAgent: from.userAgent !== to.userAgent })
}
