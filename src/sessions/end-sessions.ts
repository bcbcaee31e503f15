import { randomUUID } from 'node:crypto'
import type { EndReason, SessionRecord } from '../session.js'
import type { Which } from '../storage/storage.js'
import type { Parts } from './parts.js'
import { settleEnded } from './settle-ended.js'

/** Why sessions end, and what is to be spared. */
export interface EndOptions {
  readonly reason: EndReason
  readonly by: string | null
  readonly request?: object | undefined
  /** Free the key: its session goes on as somebody else's or nobody's. Default is false. */
  readonly release?: boolean
}

/**
 * Ends sessions of one user: storage first, then this process's verdicts, then the app's store, then events. A crash
 * between any two leaves them ended.
 *
 * @returns the records really ended by this call
 */
export async function endSessions(
  parts: Parts,
  user: string,
  which: Which,
  { reason, by, request, release = false }: EndOptions,
): Promise<SessionRecord[]> {
  const at = parts.config.clock()
  const ended = await parts.storage.end(user, which, { reason, by, at, endingId: randomUUID(), release })
  await settleEnded(parts, ended, { request, keepKeys: release })
  return ended
}
