import { randomUUID } from 'node:crypto'
import type { EndReason, SessionRecord } from '../session.js'
import type { Which } from '../storage/storage.js'
import type { Parts } from './parts.js'
import { noteEnded, settleEnded } from './settle-ended.js'

/** Why sessions end, and what is to be spared. */
export interface EndOptions {
  readonly reason: EndReason
  readonly by: string | null
  readonly request?: object | undefined
  /** Free the key: its session goes on as somebody else's or nobody's. Default is false. */
  readonly release?: boolean
  /** Leave alone what is being re-keyed. Default is false. */
  readonly sparesRekeys?: boolean
}

/**
 * Ends sessions of one user: storage first, then this process's verdicts, then the app's store, then events, then what hangs
 * on them. A crash between any two leaves them ended.
 *
 * @returns the records really ended by this call
 */
export async function endSessions(
  parts: Parts,
  user: string,
  which: Which,
  { reason, by, request, release = false, sparesRekeys = false }: EndOptions,
): Promise<SessionRecord[]> {
  const { storage, judge, endings, config } = parts
  const unsettled = parts.cascade.marks
  const how = { reason, by, at: config.clock(), endingId: randomUUID(), release, sparesRekeys, unsettled }
  const ended = await endings.track(user, async () => {
    const records = await storage.end(user, which, how)
    noteEnded(parts, records)
    return records
  })
  // What was not live any more may be remembered as live: it was purged, or somebody else's end has yet to be noted.
  const really = new Set(ended.map(({ id }) => id))
  if (which === 'all' || 'except' in which) judge.forgetUsers(new Set([user]))
  else for (const id of which.ids) if (!really.has(id)) judge.forget(id, user)
  await endings.settled(user)
  await settleEnded(parts, ended, { request, keepKeys: release })
  return ended
}
