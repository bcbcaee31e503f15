import type { Clock } from '../session.js'
import { checkPatch } from './check-patch.js'
import {
  checkCap,
  checkEndHow,
  checkKeyHash,
  checkLimit,
  checkRecord,
  checkRekeyTo,
  checkTime,
  checkTouch,
} from './check-record.js'
import { checkSettled } from './check-settled.js'
import { checkUserId } from './check-user-id.js'
import { cleanText } from './clean-text.js'
import { endInMemory, rekeyInMemory } from './memory/end.js'
import { changedInMemory, listInMemory, purgeable, searchInMemory, walkInMemory } from './memory/reads.js'
import { recordInMemory } from './memory/record.js'
import { settledInMemory, unsettledInMemory } from './memory/unsettled.js'
import { keyOf, MemoryUsers } from './memory/users.js'
import { resealInMemory, touchInMemory, updateInMemory } from './memory/writes.js'
import type { MetaChange, Storage } from './storage.js'
import { storageClosed } from './storage-closed.js'

/** Throws when the storage is closed, or what is given is no user id. */
type Check = (...userId: [userId?: string]) => void

/**
 * Records in this process's memory: for tests, and for apps that may forget their sessions at a restart. Not shared
 * between processes.
 *
 * @param options.clock the time; default is `Date.now`
 */
export function memoryStorage(options: { readonly clock?: Clock } = {}): Storage {
  const clock = options.clock ?? Date.now
  const users = new MemoryUsers(clock)
  let closed = false
  const check: Check = (...userId) => {
    if (closed) throw storageClosed()
    if (userId.length > 0) checkUserId(userId[0])
  }
  return {
    name: 'memory',
    ...reads(users, check),
    ...changes(users, check),
    ...ends(users, check, clock),
    ...marks(users, check),
    ...upkeep(users, check),
    async close() {
      closed = true
    },
  }
}

function reads(
  users: MemoryUsers,
  check: Check,
): Pick<Storage, 'find' | 'get' | 'list' | 'search' | 'walk' | 'isBlocked'> {
  return {
    async find(userId, keyHash) {
      check(userId)
      checkKeyHash(keyHash)
      const user = users.get(userId)
      return user?.entries.get(user.keys.get(keyOf(keyHash)) ?? '')?.record
    },
    async get(userId, id) {
      check(userId)
      return users.get(userId)?.entries.get(id)?.record
    },
    async list(userId, page) {
      check(userId)
      return listInMemory(users.get(userId), page)
    },
    async search(query) {
      check()
      checkLimit(query.limit)
      return searchInMemory(users, query)
    },
    async walk(limit, after) {
      check()
      checkLimit(limit)
      return walkInMemory(users, limit, after)
    },
    async isBlocked(userId) {
      check(userId)
      return users.get(userId)?.blocked ?? false
    },
  }
}

function changes(users: MemoryUsers, check: Check): Pick<Storage, 'record' | 'touch' | 'update' | 'reseal' | 'block'> {
  return {
    async record(record, cap) {
      check()
      return recordInMemory(users, checkRecord(record), cap && checkCap(cap))
    },
    async touch(batch) {
      check()
      for (const touch of batch) checkTouch(touch)
      return batch.filter((touch) => !touchInMemory(users, touch))
    },
    async update(userId, id, patch, from) {
      check(userId)
      return updateInMemory(users, userId, id, checkPatch(patch), from)
    },
    async reseal(batch) {
      check()
      for (const { userId } of batch) checkUserId(userId)
      return batch.filter((each) => resealInMemory(users, each)).length
    },
    async block(userId, blocked) {
      check(userId)
      const user = users.getOrAdd(userId)
      user.blocked = blocked
      users.bump(user)
    },
  }
}

function ends(
  users: MemoryUsers,
  check: Check,
  clock: Clock,
): Pick<Storage, 'end' | 'rekey' | 'changedSince' | 'moveUser' | 'erase'> {
  return {
    async end(userId, which, how) {
      check(userId)
      return endInMemory(users, userId, which, checkEndHow(how))
    },
    async rekey(userId, id, endingId, next) {
      check(userId)
      checkRekeyTo(next)
      return rekeyInMemory(users, userId, id, endingId, next)
    },
    async changedSince(cursor) {
      check()
      return changedInMemory(users, cursor, clock())
    },
    async moveUser(from, to) {
      check(from)
      check(to)
      return from === to ? 0 : users.move(from, to)
    },
    async erase(userId) {
      check(userId)
      return users.erase(userId)
    },
  }
}

function marks(users: MemoryUsers, check: Check): Pick<Storage, 'unsettled' | 'settled'> {
  return {
    async unsettled(before, limit, after) {
      check()
      checkTime(before)
      checkLimit(limit)
      return unsettledInMemory(users, before, limit, after)
    },
    async settled(userId, what) {
      check(userId)
      checkSettled(what)
      const user = users.get(userId)
      if (user) settledInMemory(user, what)
    },
  }
}

function upkeep(users: MemoryUsers, check: Check): Pick<Storage, 'purge' | 'countPurgeable' | 'meta'> {
  const values = new Map<string, string>()
  return {
    async purge(before, limit) {
      check()
      checkLimit(limit)
      const due = purgeable(users, before).slice(0, limit)
      for (const { user, record } of due) {
        user.entries.delete(record.id)
        user.keys.delete(keyOf(record.keyHash))
      }
      users.forgetErased()
      return due.length
    },
    async countPurgeable(before) {
      check()
      return purgeable(users, before).length
    },
    async meta(key, change) {
      check()
      const stored = values.get(key)
      if (change && mayWrite(stored, change)) values.set(key, cleanText(change.value))
      return values.get(key)
    },
  }
}

function mayWrite(stored: string | undefined, { ifAbsent, from }: MetaChange): boolean {
  return from === undefined ? !(ifAbsent && stored !== undefined) : stored === cleanText(from)
}
