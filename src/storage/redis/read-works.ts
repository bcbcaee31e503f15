import type { SessionRecord } from '../../session.js'
import { latestEndFirst, newestFirst } from '../newest-first.js'
import { isRecordId } from '../record-id.js'
import type { SearchQuery } from '../storage.js'
import { BLOCKED, FIND, LIST, SCAN } from './lua/reads.js'
import { USERS } from './lua/upkeep.js'
import { type RedisContext, read, toRecords } from './redis-context.js'
import { groups, texts } from './replies.js'
import { fromId, toBase64, toId, toRecord } from './rows.js'

/** So many users' sessions are looked through at once. */
const USERS_AT_ONCE = 200

/** {@link Storage.find} as a script. */
export async function findWork(
  context: RedisContext,
  userId: string,
  hash: Uint8Array,
): Promise<SessionRecord | undefined> {
  return found(userId, texts(await read(context, FIND, userId, ['key', toBase64(hash)])))
}

/** {@link Storage.get} as a script. */
export async function getWork(context: RedisContext, userId: string, id: string): Promise<SessionRecord | undefined> {
  if (!isRecordId(id)) return undefined
  return found(userId, texts(await read(context, FIND, userId, ['id', toId(id)])))
}

function found(userId: string, [state, id = '', value = '']: readonly string[]): SessionRecord | undefined {
  return state === 'live' || state === 'ended' ? toRecord(state, userId, id, value) : undefined
}

/** {@link Storage.list} as a script. */
export async function listWork(
  context: RedisContext,
  userId: string,
  { limit, endedSince }: { readonly limit?: number; readonly endedSince?: number } = {},
): Promise<SessionRecord[]> {
  const since = endedSince === undefined ? [] : [String(endedSince)]
  const flat = texts(await read(context, LIST, userId, since))
  const records = toRecords(endedSince === undefined ? 'live' : 'ended', userId, flat)
  records.sort(endedSince === undefined ? newestFirst : latestEndFirst)
  return limit === undefined ? records : records.slice(0, limit)
}

/** {@link Storage.isBlocked} as a script. */
export async function blockedWork(context: RedisContext, userId: string): Promise<boolean> {
  return Number(await read(context, BLOCKED, userId)) === 1
}

/** A session of somebody's. */
interface Hit {
  readonly userId: string
  readonly id: string
}

/**
 * {@link Storage.search}: looks through the sessions of all users, bucket by bucket, with an answer to nobody else held up for more than
 * some users' at a time. Only ids cross the network, until it is known which records are asked for.
 */
export async function searchWork(
  context: RedisContext,
  { text = '', limit, after }: SearchQuery,
): Promise<SessionRecord[]> {
  if (after !== undefined && !isRecordId(after)) return []
  if (/[\0\p{Surrogate}]/u.test(text) || limit === 0) return []
  let hits: Hit[] = []
  for (const bucket of context.keys.buckets) {
    for await (const users of usersOf(context, bucket)) {
      const more = await scan(context, bucket, users, text)
      hits = newest([...hits, ...more.filter(({ id }) => after === undefined || id < after)], limit)
    }
  }
  const records = await Promise.all(hits.map(({ userId, id }) => getWork(context, userId, id)))
  return records.filter((record) => record !== undefined)
}

/** The users of a bucket who have records. */
export async function allUsers(context: RedisContext, bucket: number): Promise<string[]> {
  return texts(await context.run(USERS, [context.keys.ofBucket(bucket, 'due')], ['0', '-1']))
}

/** The users of a bucket who have records, some at a time. */
async function* usersOf({ keys, run }: RedisContext, bucket: number): AsyncGenerator<string[]> {
  for (let from = 0; ; from += USERS_AT_ONCE) {
    const range = [String(from), String(from + USERS_AT_ONCE - 1)]
    const users = texts(await run(USERS, [keys.ofBucket(bucket, 'due')], range))
    if (users.length > 0) yield users
    if (users.length < USERS_AT_ONCE) return
  }
}

async function scan(
  { keys, run }: RedisContext,
  bucket: number,
  users: readonly string[],
  text: string,
): Promise<Hit[]> {
  const sessions = (who: readonly string[]) => who.flatMap((userId) => keys.ofUser(bucket, userId).slice(0, 2))
  const exact = text === '' ? [] : users.filter((userId) => userId === text)
  const replies = await Promise.all([
    run(SCAN, sessions(users), [text]),
    ...exact.map((userId) => run(SCAN, sessions([userId]), [''])),
  ])
  return replies.flatMap((reply, n) =>
    groups(texts(reply), 2).map(([number, id = '']) => ({
      userId: (n === 0 ? users[Number(number) - 1] : exact[n - 1]) ?? '',
      id: fromId(id),
    })),
  )
}

function newest(hits: readonly Hit[], limit: number): Hit[] {
  // Who has the id searched for, and a session at an address that begins with it, is found twice.
  const unique = new Map(hits.map((hit) => [hit.id + hit.userId, hit]))
  return [...unique.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
}
