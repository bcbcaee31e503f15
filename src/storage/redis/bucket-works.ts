import { ERASED_KEPT } from '../changes.js'
import type { ChangeCursor, Unsettled } from '../storage.js'
import { CHANGED, UNSETTLED } from './lua/reads.js'
import { DUE, FORGET, PURGE } from './lua/upkeep.js'
import { finishMove, readMove } from './move-user.js'
import type { RedisContext } from './redis-context.js'
import { groups, texts } from './replies.js'

/** So many users are purged by one script. */
const USERS_AT_ONCE = 50

/** {@link Storage.changedSince}: all buckets' logs are asked in one round trip, of which each has a position in the cursor. */
export async function changedWork({ keys, run }: RedisContext, cursor: ChangeCursor | undefined) {
  const told = cursor?.positions
  const logs = await Promise.all(
    keys.buckets.map(async (bucket) => {
      const position = told?.[bucket]
      return texts(await run(CHANGED, [keys.ofBucket(bucket, 'log')], position === undefined ? [] : [String(position)]))
    }),
  )
  const positions = logs.map((log, bucket) => Number(log.at(-1) ?? told?.[bucket] ?? 0))
  const users = told ? logs.flatMap((log) => groups(log, 2).map(([userId = '']) => userId)) : []
  return { cursor: { at: 0, seen: new Map<string, number>(), positions }, users }
}

/** {@link Storage.unsettled}: all buckets are asked for a page, and the first of all make one. */
export async function unsettledWork(
  { keys, run }: RedisContext,
  before: number,
  limit: number,
  after: Unsettled | undefined,
): Promise<Unsettled[]> {
  const args = [String(before), String(limit), ...(after ? [String(after.since)] : [])]
  const pages = await Promise.all(
    keys.buckets.map(async (bucket) => {
      const ofBucket = (['marks', 'marked', 'log'] as const).map((name) => keys.ofBucket(bucket, name))
      return groups(texts(await run(UNSETTLED, ofBucket, args)), 4)
    }),
  )
  return pages
    .flat()
    .map(([userId = '', ends, since, changedAt]) => ({
      userId,
      ends: Number(ends),
      since: Number(since),
      changedAt: Number(changedAt),
    }))
    .filter((one) => !after || longestFirst(after, one) < 0)
    .sort(longestFirst)
    .slice(0, limit)
}

function longestFirst(a: Unsettled, b: Unsettled): number {
  return a.since - b.since || Buffer.compare(Buffer.from(a.userId), Buffer.from(b.userId))
}

/** {@link Storage.purge}: bucket after bucket, and after the last chunk what erasures left. */
export async function purgeWork(context: RedisContext, before: number, limit: number): Promise<number> {
  let count = 0
  for (const bucket of context.keys.buckets) {
    if (count >= limit) return count
    count += await purgeBucket(context, bucket, before, limit - count)
  }
  if (count < limit) await forget(context)
  return count
}

/** {@link Storage.countPurgeable}: the same, but it only counts. */
export async function countPurgeableWork(context: RedisContext, before: number): Promise<number> {
  let count = 0
  for (const bucket of context.keys.buckets) {
    const users = await dueUsers(context, bucket, before, -1)
    for (let from = 0; from < users.length; from += USERS_AT_ONCE) {
      const chunk = users.slice(from, from + USERS_AT_ONCE)
      count += (await purgeUsers(context, bucket, before, Number.MAX_SAFE_INTEGER, chunk, true)).count
    }
  }
  return count
}

async function purgeBucket(context: RedisContext, bucket: number, before: number, limit: number): Promise<number> {
  let count = 0
  while (count < limit) {
    const users = await dueUsers(context, bucket, before, USERS_AT_ONCE)
    const { count: more, moving } = await purgeUsers(context, bucket, before, limit - count, users, false)
    for (const userId of moving) await finishMoveOf(context, bucket, userId)
    count += more
    if (users.length < USERS_AT_ONCE && moving.length === 0) break
  }
  return count
}

async function dueUsers({ keys, run }: RedisContext, bucket: number, before: number, limit: number): Promise<string[]> {
  return texts(await run(DUE, [keys.ofBucket(bucket, 'due')], [String(before), String(limit)]))
}

async function purgeUsers(
  { keys, run, clock }: RedisContext,
  bucket: number,
  before: number,
  limit: number,
  users: readonly string[],
  dry: boolean,
): Promise<{ readonly count: number; readonly moving: readonly string[] }> {
  if (users.length === 0) return { count: 0, moving: [] }
  const ofBucket = (['due', 'log', 'erased', 'moving'] as const).map((name) => keys.ofBucket(bucket, name))
  const ofUsers = users.flatMap((userId) => keys.ofUser(bucket, userId))
  const args = [String(before), String(clock()), String(limit), dry ? '1' : '0', ...users]
  const [count, ...moving] = texts(await run(PURGE, [...ofBucket, ...ofUsers], args))
  return { count: Number(count), moving }
}

async function finishMoveOf(context: RedisContext, bucket: number, userId: string): Promise<void> {
  const move = await context.run(
    "return redis.call('HGET', KEYS[1], ARGV[1])",
    [context.keys.ofBucket(bucket, 'moving')],
    [userId],
  )
  if (typeof move === 'string') await finishMove(context, readMove(move))
}

/** Forgets erased users for good, once every reader had the time to learn of it. */
async function forget({ keys, run, clock }: RedisContext): Promise<void> {
  const before = String(clock() - ERASED_KEPT)
  const names = ['erased', 'log', 'marks', 'marked'] as const
  const forgetting = (bucket: number) =>
    run(
      FORGET,
      names.map((name) => keys.ofBucket(bucket, name)),
      [before],
    )
  await Promise.all(keys.buckets.map(forgetting))
}
