import type { SeenClient, SessionData, SessionRecord } from '../session.js'
import type { Recorded } from '../storage/storage.js'
import type { Parts } from './parts.js'
import { serializeData } from './session-data.js'
import { settleEnded } from './settle-ended.js'
import { uuidv7 } from './uuidv7.js'

/** What becomes a record. */
export interface SignIn {
  readonly user: string
  readonly key: string
  readonly client: SeenClient
  readonly lifetime: number | undefined
  readonly data: SessionData | undefined
  /** It was signed in before this package knew it: no cap, and listeners are told so. */
  readonly adopted: boolean
  readonly request: object | undefined
}

/** Records a sign-in, ends what a cap pushes out, and tells. The caller looks at `exists` and `blocked`. */
export async function recordSession(parts: Parts, signIn: SignIn): Promise<Recorded> {
  const { config, storage, judge } = parts
  // A clock that is behind the one that signed everyone out must not make newcomers look like those of before.
  const at = Math.max(config.clock(), (parts.changes.everyone?.at ?? 0) + 1)
  const max = signIn.adopted ? undefined : config.maxSessionsPerUser
  const cap =
    max === undefined
      ? undefined
      : { max, ending: { reason: 'limit', by: null, at } as const, unsettled: parts.cascade.marks }
  let recorded: Recorded = { outcome: 'blocked' }
  await judge.learnFrom(signIn.key, signIn.user, async () => {
    recorded = await storage.record(newRecord(parts, signIn, at), cap)
    return recorded.outcome === 'blocked' ? undefined : recorded.record
  })
  return told(parts, signIn, recorded)
}

async function told(parts: Parts, signIn: SignIn, recorded: Recorded): Promise<Recorded> {
  if (recorded.outcome !== 'recorded') return recorded
  await settleEnded(parts, recorded.evicted, { request: signIn.request, isInPassing: true })
  parts.announce.started(recorded.record, signIn.adopted, signIn.request)
  return recorded
}

function newRecord({ config, keys }: Parts, signIn: SignIn, at: number): SessionRecord {
  return {
    id: uuidv7(at),
    userId: signIn.user,
    keyHash: keys.hash(signIn.key),
    sealedKey: keys.seal(signIn.key),
    ...signIn.client,
    createdAt: at,
    lastSeenAt: at,
    authenticatedAt: at,
    expiresAt: at + (signIn.lifetime ?? config.maxLifetime),
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: null,
    data: serializeData(signIn.data),
    knownClients: null,
  }
}
