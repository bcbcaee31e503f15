import type { Storage } from './storage.js'

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

/** A storage may be an instance of a class: a spread would lose its methods. */
function withMethods(storage: Storage): Storage {
  return {
    name: storage.name,
    record: (...args) => storage.record(...args),
    find: (...args) => storage.find(...args),
    get: (...args) => storage.get(...args),
    list: (...args) => storage.list(...args),
    touch: (...args) => storage.touch(...args),
    update: (...args) => storage.update(...args),
    rekey: (...args) => storage.rekey(...args),
    end: (...args) => storage.end(...args),
    changedSince: (...args) => storage.changedSince(...args),
    block: (...args) => storage.block(...args),
    isBlocked: (...args) => storage.isBlocked(...args),
    moveUser: (...args) => storage.moveUser(...args),
    erase: (...args) => storage.erase(...args),
    unsettled: (...args) => storage.unsettled(...args),
    settled: (...args) => storage.settled(...args),
    purge: (...args) => storage.purge(...args),
    countPurgeable: (...args) => storage.countPurgeable(...args),
    meta: (...args) => storage.meta(...args),
    ...(storage.reseal && { reseal: storage.reseal.bind(storage) }),
    search: (...args) => storage.search(...args),
    ...(storage.uninstall && { uninstall: storage.uninstall.bind(storage) }),
    close: () => storage.close(),
  }
}
