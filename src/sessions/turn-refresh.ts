import { createHash } from 'node:crypto'
import { endingOf } from '../activity/verdicts.js'
import type { Ending, SessionData, SessionRecord } from '../session.js'
import type { RequestContext } from './context.js'
import { endChosen } from './end-chosen.js'
import { readTurns, withTurns } from './turns.js'
import { tooBusy } from './update-data.js'
import type { HandleParts } from './user-handle.js'

/** A refresh token, verified, that wants to be turned into the next one. */
export interface TurnRequest {
  readonly user: string
  readonly key: string
  /** The token's own. */
  readonly generation: number
  /** How long the session lives from now, milliseconds. */
  readonly lifetime: number
  /** How long the token before the newest is still answered, milliseconds. */
  readonly grace: number
}

/** What came of it: the generation of the token to answer with, or how the session ended. */
export type Turned =
  | { readonly state: 'turned' | 'repeated'; readonly generation: number }
  | { readonly state: 'ended'; readonly ending: Ending }

const TRIES = 20

/**
 * Turns a session's refresh tokens one generation on (RFC 9700 §4.14.2). Of many at once with the same token exactly one turns; the
 * others are answered with what it came to, as is a client that has lost its answer. An older token ends the session.
 *
 * @throws UserSessionsError `storage_unavailable`, `storage_busy`
 */
export async function turnRefresh<User, Data extends SessionData>(
  shared: HandleParts<User, Data>,
  context: RequestContext,
  request: TurnRequest,
): Promise<Turned> {
  const { parts } = shared
  const { user, key, generation } = request
  if (parts.config.mode === 'off') return { state: 'repeated', generation }
  const ended = (ending: Ending): Turned =>
    parts.refusals.refuse(ending.reason) ? { state: 'ended', ending } : { state: 'repeated', generation }
  for (let tries = 0; tries < TRIES; tries++) {
    const judgement = await parts.judge.judge(key, user, undefined)
    if (judgement.state === 'ended') return ended(judgement.ending)
    const record = await parts.storage.find(user, parts.keys.hash(key))
    const ending = endOf(record, parts.config.clock())
    if (!record || ending) return ended(ending ?? { reason: 'purged', by: null, at: parts.config.clock() })
    const turned = await turnOnce(shared, context, request, record)
    if (turned === 'reused') return ended(await endReused(shared, context, record))
    if (turned) return (await live(shared, context, request, record)) ?? turned
  }
  throw tooBusy()
}

function endOf(record: SessionRecord | undefined, now: number): Ending | undefined {
  if (!record) return undefined
  if (record.endedAt === null && record.expiresAt <= now) return { reason: 'expired', by: null, at: record.expiresAt }
  return endingOf(record)
}

/** Undefined when somebody else has changed the record meanwhile. */
async function turnOnce<User, Data extends SessionData>(
  { parts }: HandleParts<User, Data>,
  context: RequestContext,
  { user, generation, grace }: TurnRequest,
  record: SessionRecord,
): Promise<Turned | 'reused' | undefined> {
  const { storage, config } = parts
  const at = config.clock()
  const newest = readTurns(record.data)
  const client = hashOf(context.client.userAgent)
  if (generation < newest.generation) {
    const isPrevious = generation === newest.generation - 1
    const isRepeated = isPrevious && at - newest.at <= grace && client === newest.client
    return isRepeated ? { state: 'repeated', generation: newest.generation } : 'reused'
  }
  // A token newer than the record is one from before a backup was restored.
  const next = { generation: generation + 1, at, client }
  const isTurned = await storage.update(user, record.id, { data: withTurns(record.data, next) }, { data: record.data })
  return isTurned ? { state: 'turned', generation: next.generation } : undefined
}

/** @returns how it ended; that somebody else had ended it before stays as it was */
async function endReused<User, Data extends SessionData>(
  shared: HandleParts<User, Data>,
  { request }: RequestContext,
  { userId, id }: SessionRecord,
): Promise<Ending> {
  const { parts } = shared
  const at = parts.config.clock()
  const reused = { reason: 'token-reused', by: null, at } as const
  if (parts.config.mode === 'observe') return reused
  const really = await endChosen(shared, userId, { ids: [id] }, { ...reused, request })
  if (really.length > 0) return reused
  const record = await parts.storage.get(userId, id)
  return (record && endingOf(record)) ?? reused
}

/** The session lives as long as its new token; undefined, unless an end came in between. */
async function live<User, Data extends SessionData>(
  { parts }: HandleParts<User, Data>,
  context: RequestContext,
  { user, key, lifetime }: TurnRequest,
  { id }: SessionRecord,
): Promise<Turned | undefined> {
  const at = parts.config.clock()
  await parts.storage.touch([{ userId: user, id, lastSeenAt: at, expiresAt: at + lifetime }])
  parts.judge.forget(id, user)
  const ending = parts.judge.endingOf(key)
  if (ending) return { state: 'ended', ending }
  parts.contexts.hold(context, { id, user, key })
  return undefined
}

function hashOf(userAgent: string | null): string {
  return createHash('sha256')
    .update(userAgent ?? '')
    .digest('base64url')
    .slice(0, 16)
}
