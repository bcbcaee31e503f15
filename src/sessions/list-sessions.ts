import type { Live } from '../activity/live.js'
import { forLog } from '../errors.js'
import type { SessionRecord } from '../session.js'
import { endSessions } from './end-sessions.js'
import { isIssued } from './issued-key.js'
import type { Parts } from './parts.js'

/** A sign-in or re-key is recorded a moment before its key is saved: one this fresh is left out, but not taken for gone. */
export const FRESH = 10_000

/**
 * The live sessions of a user, latest seen first: one query and one bulk existence check in the app's store. What the
 * store no longer has is left out, and ended after the answer (parity row 6). When the store cannot tell, all are listed.
 */
export async function listSessions(parts: Parts, user: string): Promise<SessionRecord[]> {
  const records = (await parts.storage.list(user)).filter((record) => isLive(parts, record))
  const gone = await findGone(parts, records)
  if (gone.size === 0) return inOrder(parts, records)
  const fresh = parts.config.clock() - FRESH
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

/** The app's store says what it still has; of sessions that clients carry only the record's own end can tell. */
export async function findGone(parts: Parts, records: readonly SessionRecord[]): Promise<Set<SessionRecord>> {
  const keyed = records.flatMap((record) => {
    const key = parts.keys.open(record.sealedKey)
    return key === undefined ? [] : [{ record, key }]
  })
  const now = parts.config.clock()
  const runOut = keyed.filter(({ record, key }) => isIssued(key) && record.expiresAt <= now)
  const missing = await findMissing(
    parts,
    keyed.filter(({ key }) => !isIssued(key)),
  )
  return new Set([...runOut, ...missing].map(({ record }) => record))
}

async function findMissing<Keyed extends { readonly key: string }>(
  { engines, config }: Parts,
  keyed: readonly Keyed[],
): Promise<Keyed[]> {
  const stores = [...engines].flatMap((engine) => (engine.authority === 'store' ? [engine] : []))
  if (stores.length === 0 || keyed.length === 0) return []
  try {
    const found = await Promise.all(stores.map((engine) => engine.existing(keyed.map(({ key }) => key))))
    return keyed.filter(({ key }) => !found.some((keys) => keys.has(key)))
  } catch (error) {
    config.logger.warn('usersessions: the session store could not say which sessions it has', forLog(error))
    return []
  }
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
