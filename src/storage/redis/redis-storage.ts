import type { Clock } from '../../session.js'
import { checkPatch, cleanBefore } from '../check-patch.js'
import {
  checkCap,
  checkEndHow,
  checkKeyHash,
  checkLimit,
  checkRecord,
  checkRekeyTo,
  checkTime,
  checkTouch,
} from '../check-record.js'
import { checkSettled } from '../check-settled.js'
import { checkUserId } from '../check-user-id.js'
import { cleanText } from '../clean-text.js'
import type { MetaChange, Storage } from '../storage.js'
import { changedWork, countPurgeableWork, purgeWork, unsettledWork } from './bucket-works.js'
import { RedisKeys } from './keys.js'
import { BLOCK, ERASE, META, SETTLED } from './lua/writes.js'
import { moveUser } from './move-user.js'
import { blockedWork, findWork, getWork, listWork, searchWork } from './read-works.js'
import { change, type RedisContext } from './redis-context.js'
import { text } from './replies.js'
import type { RunScript } from './scripts.js'
import { walkWork } from './walk-work.js'
import { endWork, recordWork, rekeyWork, resealWork, touchWork, updateWork } from './write-works.js'

/** What a Redis storage is made of. */
export interface RedisStorageOptions {
  readonly run: RunScript
  /** Keys begin with this, in braces. */
  readonly prefix: string
  readonly clock: Clock
  readonly close: () => Promise<void>
}

/** Records in Redis. */
export function redisStorage({ run, prefix, clock, close }: RedisStorageOptions): Storage {
  const context: RedisContext = { run, clock, keys: new RedisKeys(prefix) }
  return {
    name: 'redis',
    ...reads(context),
    ...changes(context),
    ...ends(context),
    ...marks(context),
    ...upkeep(context),
    close,
  }
}

function reads(context: RedisContext): Pick<Storage, 'find' | 'get' | 'list' | 'search' | 'walk' | 'isBlocked'> {
  return {
    async find(userId, keyHash) {
      checkUserId(userId)
      checkKeyHash(keyHash)
      return findWork(context, userId, keyHash)
    },
    async get(userId, id) {
      checkUserId(userId)
      return getWork(context, userId, id)
    },
    async list(userId, page) {
      checkUserId(userId)
      if (page?.limit !== undefined) checkLimit(page.limit)
      return listWork(context, userId, page)
    },
    async search(query) {
      checkLimit(query.limit)
      return searchWork(context, query)
    },
    async walk(limit, after) {
      checkLimit(limit)
      return walkWork(context, limit, after)
    },
    async isBlocked(userId) {
      checkUserId(userId)
      return blockedWork(context, userId)
    },
  }
}

function changes(context: RedisContext): Pick<Storage, 'record' | 'touch' | 'update' | 'reseal' | 'block'> {
  return {
    async record(record, cap) {
      return recordWork(context, checkRecord(record), cap && checkCap(cap))
    },
    async touch(batch) {
      for (const each of batch) checkTouch(each)
      return touchWork(context, batch)
    },
    async reseal(batch) {
      for (const { userId } of batch) checkUserId(userId)
      return resealWork(context, batch)
    },
    async update(userId, id, patch, from) {
      checkUserId(userId)
      const clean = checkPatch(patch)
      return updateWork(context, userId, id, clean, from && cleanBefore(from))
    },
    async block(userId, blocked) {
      checkUserId(userId)
      await change(context, BLOCK, userId, [blocked ? '1' : '0'])
    },
  }
}

function ends(context: RedisContext): Pick<Storage, 'end' | 'rekey' | 'changedSince' | 'moveUser' | 'erase'> {
  return {
    async end(userId, which, how) {
      checkUserId(userId)
      return endWork(context, userId, which, checkEndHow(how))
    },
    async rekey(userId, id, endingId, next) {
      checkUserId(userId)
      checkRekeyTo(next)
      return rekeyWork(context, userId, id, endingId, next)
    },
    async changedSince(cursor) {
      return changedWork(context, cursor)
    },
    async moveUser(from, to) {
      checkUserId(from)
      checkUserId(to)
      return from === to ? 0 : moveUser(context, from, to)
    },
    async erase(userId) {
      checkUserId(userId)
      const [, count] = await change(context, ERASE, userId, [String(context.clock())])
      return Number(count)
    },
  }
}

function marks(context: RedisContext): Pick<Storage, 'unsettled' | 'settled'> {
  return {
    async unsettled(before, limit, after) {
      checkTime(before)
      checkLimit(limit)
      return unsettledWork(context, before, limit, after)
    },
    async settled(userId, what) {
      checkUserId(userId)
      checkSettled(what)
      const times = 'endedAt' in what ? [what.endedAt] : [what.since, what.changedAt]
      await change(context, SETTLED, userId, times.map(String))
    },
  }
}

function upkeep(context: RedisContext): Pick<Storage, 'purge' | 'countPurgeable' | 'meta'> {
  return {
    async purge(before, limit) {
      checkLimit(limit)
      return purgeWork(context, before, limit)
    },
    async countPurgeable(before) {
      return countPurgeableWork(context, before)
    },
    async meta(key, written) {
      const change = written ? [cleanText(written.value), ...condition(written)] : []
      const value = await context.run(META, [context.keys.meta], [key, ...change])
      return value === null || value === undefined ? undefined : text(value)
    },
  }
}

function condition({ ifAbsent, from }: MetaChange): string[] {
  if (from !== undefined) return ['if', cleanText(from)]
  return ifAbsent ? ['absent'] : []
}
