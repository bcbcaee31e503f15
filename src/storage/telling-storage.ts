import type { Storage } from './storage.js'
import { withMethods } from './with-methods.js'

/** Whose sessions changed: some users', or everyone's. */
export type Told = readonly string[] | 'everyone'

/**
 * A storage that tells of every change which other processes must learn of, once it is durable. The one place for it, so that
 * no way to end a session can be left out.
 */
export function tellingStorage(storage: Storage, tell: (who: Told) => void): Storage {
  return {
    ...withMethods(storage),
    async record(record, cap) {
      const recorded = await storage.record(record, cap)
      if (recorded.outcome === 'recorded' && recorded.evicted.length > 0) tell([record.userId])
      return recorded
    },
    async end(userId, which, how) {
      const ended = await storage.end(userId, which, how)
      if (ended.length > 0) tell([userId])
      return ended
    },
    async rekey(userId, id, endingId, next) {
      const moved = await storage.rekey(userId, id, endingId, next)
      if (moved) tell([userId])
      return moved
    },
    async block(userId, blocked) {
      await storage.block(userId, blocked)
      tell([userId])
    },
    async moveUser(from, to) {
      const moved = await storage.moveUser(from, to)
      tell([from, to])
      return moved
    },
    async erase(userId) {
      const erased = await storage.erase(userId)
      tell([userId])
      return erased
    },
    async meta(key, change) {
      const value = await storage.meta(key, change)
      // What is only written if nobody was faster is agreed on among processes, and concerns no session.
      if (change && !change.ifAbsent && change.from === undefined) tell('everyone')
      return value
    },
  }
}
