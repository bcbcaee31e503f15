import type { SessionRecord } from '../../session.js'
import { purgeAfter } from '../purge-after.js'
import { isRecordId } from '../record-id.js'
import type {
  Cap,
  ClientBefore,
  DataBefore,
  EndHow,
  NewRecord,
  Recorded,
  RecordPatch,
  RekeyTo,
  Reseal,
  Touch,
  Which,
} from '../storage.js'
import { bucketOf } from './keys.js'
import { END, REKEY } from './lua/ends.js'
import { RECORD, RESEAL, TOUCH, UPDATE } from './lua/writes.js'
import { change, type RedisContext, toRecords } from './redis-context.js'
import { FIELD, toBase64, toId, toRecord, toText, toValue } from './rows.js'

/** So many touches hold the server up for a millisecond or two. */
const TOUCHES_AT_ONCE = 200

/** {@link Storage.record} as a script. */
export async function recordWork(context: RedisContext, fresh: NewRecord, cap: Cap | undefined): Promise<Recorded> {
  const { userId } = fresh
  const record: SessionRecord = { ...fresh, endedAt: null, endReason: null, endedBy: null, knownClients: null }
  const args = [toId(record.id), toValue(record), toBase64(record.keyHash), String(purgeAfter(record.expiresAt))]
  if (cap) {
    const { at, reason, by } = cap.ending
    args.push(String(cap.max), String(at), reason, toText(by), flag(cap.unsettled))
  }
  const [outcome, ...rest] = await change(context, RECORD, userId, args)
  if (outcome === 'blocked') return { outcome }
  if (outcome === 'recorded') return { outcome, record, evicted: toRecords('ended', userId, rest) }
  const [state, id = '', value = ''] = rest
  return { outcome: 'exists', record: toRecord(state === 'live' ? 'live' : 'ended', userId, id, value) }
}

/** {@link Storage.reseal} as a script for each record. */
export async function resealWork(context: RedisContext, batch: readonly Reseal[]): Promise<number> {
  const resealing = batch
    .filter(({ id }) => isRecordId(id))
    .map(async ({ userId, id, from, to }) => {
      const [outcome] = await change(context, RESEAL, userId, [toId(id), `+${toBase64(from)}`, `+${toBase64(to)}`])
      return outcome === 'yes'
    })
  return (await Promise.all(resealing)).filter(Boolean).length
}

/** {@link Storage.touch} as a script for each bucket, all in one round trip. */
export async function touchWork(context: RedisContext, batch: readonly Touch[]): Promise<Touch[]> {
  const missed = new Set(batch.filter(({ id }) => !isRecordId(id)))
  const byBucket = new Map<number, Touch[]>()
  for (const touch of batch) {
    if (missed.has(touch)) continue
    const bucket = bucketOf(touch.userId)
    const others = byBucket.get(bucket)
    if (others) others.push(touch)
    else byBucket.set(bucket, [touch])
  }
  const touching = async ([bucket, touches]: [number, Touch[]]) => {
    for (let from = 0; from < touches.length; from += TOUCHES_AT_ONCE) {
      const chunk = touches.slice(from, from + TOUCHES_AT_ONCE)
      for (const touch of await touchBucket(context, bucket, chunk)) missed.add(touch)
    }
  }
  await Promise.all([...byBucket].map(touching))
  return batch.filter((touch) => missed.has(touch))
}

async function touchBucket({ keys, run }: RedisContext, bucket: number, touches: readonly Touch[]): Promise<Touch[]> {
  const users = [...new Set(touches.map(({ userId }) => userId))]
  const numbers = new Map(users.map((userId, n) => [userId, String(n + 1)]))
  const live = users.map((userId) => keys.ofUser(bucket, userId)[0] ?? '')
  const args = touches.flatMap(({ userId, id, lastSeenAt, expiresAt }) => [
    numbers.get(userId) ?? '',
    toId(id),
    String(lastSeenAt),
    String(expiresAt),
  ])
  const reply = await run(TOUCH, live, args)
  const missed = new Set(Array.isArray(reply) ? reply.map(Number) : [])
  return touches.filter((_, n) => missed.has(n + 1))
}

/** {@link Storage.update} as a script. */
export async function updateWork(
  context: RedisContext,
  userId: string,
  id: string,
  patch: RecordPatch,
  from: ClientBefore | DataBefore | undefined,
): Promise<boolean> {
  if (!isRecordId(id)) return false
  const args = [toId(id), ...beforeOf(from)]
  const { lastSeenAt, authenticatedAt } = patch
  if (lastSeenAt !== undefined) args.push(String(FIELD.lastSeenAt), String(lastSeenAt))
  if (authenticatedAt !== undefined) args.push(String(FIELD.authenticatedAt), String(authenticatedAt))
  for (const name of ['ip', 'userAgent', 'hints', 'name', 'data', 'knownClients'] as const) {
    const value = patch[name]
    if (value !== undefined) args.push(String(FIELD[name]), toText(value))
  }
  const [outcome] = await change(context, UPDATE, userId, args)
  return outcome === 'yes'
}

function beforeOf(from: ClientBefore | DataBefore | undefined): string[] {
  if (!from) return ['', '', '', '']
  if (!('ip' in from)) return ['2', toText(from.data), '', '']
  return ['1', toText(from.ip), toText(from.userAgent), toText(from.knownClients)]
}

/** {@link Storage.end} as a script. */
export async function endWork(
  context: RedisContext,
  userId: string,
  which: Which,
  how: EndHow,
): Promise<SessionRecord[]> {
  const flags = [how.release, how.sparesRekeys, how.unsettled].map(flag)
  const args = [String(how.at), how.reason, toText(how.by), how.endingId, ...flags]
  const [, ...rest] = await change(context, END, userId, [...args, ...chosen(which)])
  return toRecords('ended', userId, rest)
}

function chosen(which: Which): string[] {
  if (which === 'all') return ['all', '0']
  if ('except' in which) return ['except', '0', ...which.except.filter(isRecordId).map(toId)]
  const ids = [...new Set(which.ids)].filter(isRecordId).map(toId)
  if (!which.underKeys) return ['ids', '0', ...ids]
  // Under no keys there is nothing, which is not the same as under any.
  if (which.underKeys.length === 0) return ['ids', '0']
  return ['ids', String(which.underKeys.length), ...which.underKeys.map(toBase64), ...ids]
}

/** {@link Storage.rekey} as a script. */
export async function rekeyWork(
  context: RedisContext,
  userId: string,
  id: string,
  endingId: string,
  next: RekeyTo,
): Promise<boolean> {
  if (!isRecordId(id) || !isRecordId(endingId)) return false
  const sealed = next.sealedKey ? `+${toBase64(next.sealedKey)}` : ''
  const to = [toBase64(next.keyHash), sealed, String(next.at), toId(next.tombstoneId), flag(next.unsettled)]
  const [outcome] = await change(context, REKEY, userId, [toId(id), endingId, ...to])
  return outcome === 'yes'
}

function flag(value: boolean | undefined): string {
  return value ? '1' : '0'
}
