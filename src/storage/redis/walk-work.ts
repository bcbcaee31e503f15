import type { SessionRecord } from '../../session.js'
import { bucketOf } from './keys.js'
import { allUsers, listWork } from './read-works.js'
import type { RedisContext } from './redis-context.js'

/** So many users' sessions are read at once. */
const USERS_AT_ONCE = 200

/** {@link Storage.walk}: bucket by bucket, in each by user, and of a user by id. */
export async function walkWork(
  context: RedisContext,
  limit: number,
  after: Pick<SessionRecord, 'userId' | 'id'> | undefined,
): Promise<SessionRecord[]> {
  const first = after ? bucketOf(after.userId) : 0
  const page: SessionRecord[] = []
  for (const bucket of context.keys.buckets.slice(first)) {
    const users = (await allUsers(context, bucket)).sort()
    const left = after && bucket === first ? users.filter((userId) => userId >= after.userId) : users
    for (let from = 0; from < left.length && page.length < limit; from += USERS_AT_ONCE) {
      const lists = await Promise.all(left.slice(from, from + USERS_AT_ONCE).map((userId) => listWork(context, userId)))
      page.push(
        ...lists.flatMap((list) => list.sort((a, b) => (a.id < b.id ? -1 : 1)).filter((each) => isAfter(each, after))),
      )
    }
    if (page.length >= limit) break
  }
  return page.slice(0, limit)
}

function isAfter({ userId, id }: SessionRecord, after: Pick<SessionRecord, 'userId' | 'id'> | undefined): boolean {
  return after === undefined || userId !== after.userId || id > after.id
}
