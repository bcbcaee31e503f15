import { randomUUID } from 'node:crypto'
import type { SessionRecord } from '../session.js'
import type { Destroyed, Held, RequestContext } from './context.js'
import type { Parts } from './parts.js'
import { noteEnded, tellWatchers } from './settle-ended.js'
import { uuidv7 } from './uuidv7.js'

/**
 * The session was destroyed within a request. It ends here and now; if the same request then saves a fresh key for the
 * same user, {@link rekeySession} takes it back. Listeners hear of the end when the request is over and nothing did.
 */
export async function endByDestroy(parts: Parts, held: Held, context: RequestContext): Promise<void> {
  const endingId = randomUUID()
  const at = parts.config.clock()
  const unsettled = parts.cascade.marks
  const ending = { reason: 'user', by: held.user, at } as const
  // Another request may have re-keyed the session meanwhile: then it is no longer this one's to end, or to carry on.
  const which = { ids: [held.id], underKeys: [parts.keys.hash(held.key)] }
  const ended = await parts.endings.track(held.user, async () => {
    const records = await parts.storage.end(held.user, which, { ...ending, endingId, unsettled })
    noteEnded(parts, records)
    if (records.length > 0) parts.judge.ended(held.id, held.user, ending, held.key)
    else parts.judge.forget(held.id, held.user)
    return records
  })
  const announce = () => {
    tellWatchers(parts, ended)
    for (const record of ended) parts.announce.ended(record, context.request)
    void parts.cascade.ended(ended)
  }
  // Nothing comes after a response that is done: better told of an end that a re-key takes back than never.
  if (context.isClosed) announce()
  else context.atEnd.add(announce)
  context.destroyed = { ...held, endingId, unsettled, mayRekey: ended.length > 0, announce }
  parts.contexts.hold(context, undefined)
}

/**
 * The record lives on under a new key, and the old key keeps a tombstone.
 *
 * @returns false when somebody else ended it: nothing may carry it on
 */
export async function rekeySession(
  parts: Parts,
  destroyed: Destroyed,
  key: string,
  context: RequestContext,
): Promise<boolean> {
  if (!destroyed.mayRekey) return false
  const { storage, keys, config, judge, contexts } = parts
  const { id, user, endingId, unsettled } = destroyed
  const at = config.clock()
  const next = { keyHash: keys.hash(key), sealedKey: keys.seal(key), at, tombstoneId: uuidv7(at), unsettled }
  let moved: SessionRecord | undefined
  await judge.learnFrom(key, user, async () => {
    moved = (await storage.rekey(user, id, endingId, next)) ? await storage.get(user, id) : undefined
    return moved
  })
  if (!moved) return false
  context.atEnd.delete(destroyed.announce)
  context.destroyed = undefined
  judge.ended(next.tombstoneId, user, { reason: 'rekeyed', by: null, at }, destroyed.key)
  contexts.hold(context, { id, user, key })
  return moved.endedAt === null && !judge.isEnded(key, user)
}
