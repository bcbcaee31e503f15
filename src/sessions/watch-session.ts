import { endingOf } from '../activity/verdicts.js'
import type { Watched } from '../events/watches.js'
import type { Ending, SessionRecord } from '../session.js'
import type { Held } from './context.js'
import { endSessions } from './end-sessions.js'
import { findGone } from './find-gone.js'
import { isLive } from './list-sessions.js'
import type { Parts } from './parts.js'

/** So many sessions are looked at side by side. */
const AT_ONCE = 8

/**
 * Calls the listener once, when this session ends, on whatever node. An end that came before, or comes while this begins, is
 * told, too: one look at storage makes sure.
 *
 * @returns a function that stops listening
 */
export function watchSession(parts: Parts, { id, user, key }: Held, listener: (ending: Ending) => void): () => void {
  const { watches, judge, background } = parts
  const session = { id, user, createdAt: Number.POSITIVE_INFINITY, expiresAt: Number.POSITIVE_INFINITY }
  const stop = watches.add(session, listener)
  const known = judge.endingOf(key)
  // Never before this has returned: the caller does not have `stop` yet.
  if (known && judge.isEnded(key, user)) queueMicrotask(() => watches.ended(id, known))
  else background('look at a watched session', verify(parts, session))
  return stop
}

/** Something changed of these users' sessions, or of everyone's: looks at those that are watched. */
export async function verifyWatched(parts: Parts, users?: ReadonlySet<string>): Promise<void> {
  await forEach(parts.watches.sessions(users), (session) => verify(parts, session))
}

/** Ends watched sessions that have run out meanwhile: nobody may come with them any more and find out. */
export async function expireWatched(parts: Parts): Promise<void> {
  const now = parts.config.clock()
  const due = parts.watches.sessions().filter(({ expiresAt }) => expiresAt <= now)
  await forEach(due, async (session) => {
    const record = await verify(parts, session)
    if (!record || record.expiresAt > now || (await findGone(parts, [record])).size === 0) return
    const which = { ids: [record.id], underKeys: [record.keyHash] }
    await endSessions(parts, record.userId, which, { reason: 'expired', by: null, sparesRekeys: true })
  })
}

/** Reads a watched session; tells its listeners if it is no more, else returns it. */
async function verify(parts: Parts, { id, user }: Watched): Promise<SessionRecord | undefined> {
  const { storage, changes, watches, config } = parts
  const record = await storage.get(user, id)
  if (record && isLive(parts, record)) {
    watches.refresh({ id, user, createdAt: record.createdAt, expiresAt: record.expiresAt })
    return record
  }
  const ended = record && (endingOf(record) ?? changes.everyone)
  watches.ended(id, ended ?? { reason: 'purged', by: null, at: config.clock() })
  return undefined
}

/** A fault with one is no reason to leave the others. */
async function forEach(sessions: readonly Watched[], run: (session: Watched) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = []
  for (let start = 0; start < sessions.length; start += AT_ONCE) {
    const done = await Promise.allSettled(sessions.slice(start, start + AT_ONCE).map(run))
    for (const one of done) if (one.status === 'rejected') errors.push(one.reason)
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Some watched sessions could not be looked at.')
}
