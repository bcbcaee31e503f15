import { randomUUID } from 'node:crypto'
import type { Clock, SessionRecord } from '../../session.js'
import type { RedisKeys } from './keys.js'
import { finishMove, readMove } from './move-user.js'
import { groups, texts } from './replies.js'
import { toRecord } from './rows.js'
import type { RunScript } from './scripts.js'

/** What the works of a Redis storage share. */
export interface RedisContext {
  readonly keys: RedisKeys
  readonly run: RunScript
  readonly clock: Clock
}

/** More moves than that do not hold one user one after the other. */
const MOST_MOVES = 20

/** Changes something of a user's with one script; a move that holds the user is finished first. */
export async function change(
  context: RedisContext,
  source: string,
  userId: string,
  args: readonly string[] = [],
): Promise<readonly [outcome: string, ...rest: string[]]> {
  const keys = context.keys.forUser(userId, randomUUID())
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const [outcome = '', ...rest] = texts(await context.run(source, keys, [userId, ...args]))
    if (outcome !== 'moving') return [outcome, ...rest]
    await finishMove(context, readMove(rest[0]))
  }
  throw new Error('The user is being moved all the time.')
}

/** Reads something of a user's. */
export async function read(
  { keys, run }: RedisContext,
  source: string,
  userId: string,
  args: readonly string[] = [],
): Promise<unknown> {
  return run(source, keys.forUser(userId, ''), [userId, ...args])
}

/** Ids and values, one after the other, as records. */
export function toRecords(state: 'live' | 'ended', userId: string, flat: readonly string[]): SessionRecord[] {
  return groups(flat, 2).map(([id = '', value = '']) => toRecord(state, userId, id, value))
}
