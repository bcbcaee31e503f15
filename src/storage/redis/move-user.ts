import { randomUUID } from 'node:crypto'
import { HOLD, LET_GO, PARCEL, TAKE_IN } from './lua/moves.js'
import type { RedisContext } from './redis-context.js'
import { texts } from './replies.js'

/** A move, as both users are held by it. */
export interface Move {
  readonly id: string
  readonly from: string
  readonly to: string
}

/** {@link Storage.moveUser}: five scripts, whatever the buckets, which anybody may finish. */
export async function moveUser(context: RedisContext, from: string, to: string): Promise<number> {
  return finishMove(context, { id: randomUUID(), from, to })
}

/** A move as it stands in a bucket. User ids have no NUL in them. */
export function readMove(text: string | undefined): Move {
  const [id = '', from = '', to = ''] = (text ?? '').split('\0')
  return { id, from, to }
}

/** Does the steps of a move that are still to do. Returns how many records were moved by all of it. */
export async function finishMove(context: RedisContext, move: Move): Promise<number> {
  const { from, to } = move
  // In one order, so that no two moves wait for each other.
  for (const userId of [from, to].sort()) await hold(context, move, userId)
  const [live, ended, pending, ends, since] = await parcel(context, from)
  const flat = [...live, ...ended, ...pending]
  const counts = [String(live.length), String(ended.length)]
  const [outcome, ...taken] = await step(context, TAKE_IN, move, to, 'in', [ends, since, ...counts, ...flat])
  if (outcome !== 'taken') return 0
  await step(context, LET_GO, move, from, 'over', ['from', ...taken])
  await step(context, LET_GO, move, to, 'over', [])
  return taken.length
}

async function hold(context: RedisContext, move: Move, userId: string): Promise<void> {
  for (;;) {
    const [outcome, other] = await step(context, HOLD, move, userId, 'over', [])
    if (outcome !== 'moving') return
    await finishMove(context, readMove(other))
  }
}

async function parcel({ keys, run }: RedisContext, from: string) {
  const reply = await run(PARCEL, keys.forUser(from, ''), [from])
  const [live, ended, pending, ends, since] = Array.isArray(reply) ? reply : []
  return [texts(live), texts(ended), texts(pending), String(ends), String(since)] as const
}

async function step(
  { keys, run }: RedisContext,
  source: string,
  { id, from, to }: Move,
  userId: string,
  receipt: 'in' | 'over',
  args: readonly string[],
): Promise<string[]> {
  return texts(await run(source, keys.forUser(userId, `${id}:${receipt}`), [userId, `${id}\0${from}\0${to}`, ...args]))
}
