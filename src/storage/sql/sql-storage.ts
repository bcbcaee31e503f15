import type { Clock } from '../../session.js'
import { CHANGE_WINDOW } from '../changes.js'
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
import type { Storage, Touch } from '../storage.js'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { changedWork } from './changed-work.js'
import { createContext } from './create-context.js'
import type { SqlContext, SqlDialect } from './dialect.js'
import { endWork } from './end-work.js'
import { moveUserWork } from './move-user-work.js'
import { readBlocked } from './read-blocked.js'
import { findRecord, getRecord, listRecords, searchRecords, walkRecords } from './reads.js'
import { recordWork } from './record-work.js'
import { rekeyWork } from './rekey-work.js'
import { resealWork } from './reseal-work.js'
import type { Runner } from './runner.js'
import { uninstall } from './uninstall.js'
import { settledWork, unsettledWork } from './unsettled-work.js'
import { updateWork } from './update-work.js'
import { countPurgeableWork, metaWork, purgeWork } from './upkeep-work.js'
import { bumpAgain, bumpUser, eraseUser } from './users.js'
import type { Work } from './work.js'

/** What a SQL storage is made of. */
export interface SqlStorageOptions {
  readonly runner: Runner
  readonly dialect: SqlDialect
  /** Table names begin with this. Default is `user_`. */
  readonly tablePrefix?: string | undefined
  /** Where the tables are. Default is where the connection says. */
  readonly schema?: string | undefined
  /** The time in unix milliseconds. Default is `Date.now`. */
  readonly clock?: Clock | undefined
}

interface Parts {
  readonly runner: Runner
  readonly context: SqlContext
  readonly clock: Clock
}

/**
 * Records in a SQL database whose tables exist.
 *
 * @throws UserSessionsError `option_invalid` when the table prefix is none
 */
export function sqlStorage(options: SqlStorageOptions): Storage {
  const { runner, dialect } = options
  const context = createContext(dialect, options.tablePrefix ?? DEFAULT_TABLE_PREFIX, options.schema)
  const parts = { runner, context, clock: options.clock ?? Date.now }
  return {
    name: dialect.name,
    ...reads(parts),
    ...changes(parts),
    ...ends(parts),
    ...marks(parts),
    ...upkeep(parts),
    uninstall: (how) => uninstall(runner, context, how),
    close: () => runner.close(),
  }
}

function reads({ runner, context }: Parts): Pick<Storage, 'find' | 'get' | 'list' | 'search' | 'walk' | 'isBlocked'> {
  return {
    async find(userId, keyHash) {
      checkUserId(userId)
      checkKeyHash(keyHash)
      return runner.run(() => findRecord(context, userId, keyHash))
    },
    async get(userId, id) {
      checkUserId(userId)
      return runner.run(() => getRecord(context, userId, id))
    },
    async list(userId, page) {
      checkUserId(userId)
      if (page?.limit !== undefined) checkLimit(page.limit)
      return runner.run(() => listRecords(context, userId, page))
    },
    async search(query) {
      checkLimit(query.limit)
      return runner.run(() => searchRecords(context, query))
    },
    async walk(limit, after) {
      checkLimit(limit)
      return runner.run(() => walkRecords(context, limit, after))
    },
    async isBlocked(userId) {
      checkUserId(userId)
      return runner.run(() => readBlocked(context.db, userId))
    },
  }
}

function changes(parts: Parts): Pick<Storage, 'record' | 'touch' | 'update' | 'reseal' | 'block'> {
  const { runner, context } = parts
  const { db, dialect } = context
  return {
    async record(record, cap) {
      const fresh = checkRecord(record)
      const limit = cap && checkCap(cap)
      return noting(parts, fresh.userId, (now) => recordWork(context, fresh, limit, now))
    },
    async touch(batch) {
      for (const each of batch) checkTouch(each)
      const untouched: Touch[] = []
      for (let from = 0; from < batch.length; from += dialect.touchChunk) {
        if (from > 0) await new Promise(setImmediate)
        const chunk = batch.slice(from, from + dialect.touchChunk)
        untouched.push(...(await runner.relaxed(() => dialect.touch(db, chunk))))
      }
      return untouched
    },
    async update(userId, id, patch, from) {
      checkUserId(userId)
      const clean = checkPatch(patch)
      return runner.run(() => updateWork(context, userId, id, clean, from && cleanBefore(from)))
    },
    async reseal(batch) {
      for (const { userId } of batch) checkUserId(userId)
      return runner.transaction(() => resealWork(context, batch))
    },
    async block(userId, blocked) {
      checkUserId(userId)
      return noting(parts, userId, (now) => bumpUser(context, userId, now, { disabled: blocked ? 1 : 0 }))
    },
  }
}

function ends(parts: Parts): Pick<Storage, 'end' | 'rekey' | 'changedSince' | 'moveUser' | 'erase'> {
  const { runner, context, clock } = parts
  return {
    async end(userId, which, how) {
      checkUserId(userId)
      const clean = checkEndHow(how)
      return noting(parts, userId, (now) => endWork(context, userId, which, clean, now))
    },
    async rekey(userId, id, endingId, next) {
      checkUserId(userId)
      checkRekeyTo(next)
      return noting(parts, userId, (now) => rekeyWork(context, userId, id, endingId, next, now))
    },
    async changedSince(cursor) {
      return runner.run(() => changedWork(context, cursor, clock()))
    },
    async moveUser(from, to) {
      checkUserId(from)
      checkUserId(to)
      if (from === to) return 0
      return noting(parts, to, (now) => moveUserWork(context, from, to, now))
    },
    async erase(userId) {
      checkUserId(userId)
      return noting(parts, userId, (now) => eraseUser(context, userId, now))
    },
  }
}

function marks({ runner, context }: Parts): Pick<Storage, 'unsettled' | 'settled'> {
  return {
    async unsettled(before, limit, after) {
      checkTime(before)
      checkLimit(limit)
      return runner.run(() => unsettledWork(context, before, limit, after))
    },
    async settled(userId, what) {
      checkUserId(userId)
      checkSettled(what)
      return runner.run(() => settledWork(context, userId, what))
    },
  }
}

function upkeep({ runner, context, clock }: Parts): Pick<Storage, 'purge' | 'countPurgeable' | 'meta'> {
  return {
    async purge(before, limit) {
      checkLimit(limit)
      // What a crash brings back goes with the next purge.
      return runner.relaxed(() => purgeWork(context, before, limit, clock()))
    },
    async countPurgeable(before) {
      return runner.run(() => countPurgeableWork(context, before))
    },
    async meta(key, change) {
      if (!change) return runner.run(() => metaWork(context, key, change))
      const { value, from } = change
      const clean = { ...change, value: cleanText(value), ...(from !== undefined && { from: cleanText(from) }) }
      return runner.transaction(() => metaWork(context, key, clean))
    },
  }
}

/** A transaction that may note a change of the user's; one that committed long after the time it noted notes it again. */
async function noting<T>({ runner, context, clock }: Parts, userId: string, work: (now: Clock) => Work<T>): Promise<T> {
  let noted = Number.POSITIVE_INFINITY
  const now = () => {
    noted = clock()
    return noted
  }
  const done = await runner.transaction(() => work(now))
  const late = clock() - noted > CHANGE_WINDOW / 2
  if (late) await runner.transaction(() => bumpAgain(context, userId, clock))
  return done
}
