import { UserSessionsError } from '../errors.js'
import type { RecordPatch, Storage } from '../storage/storage.js'
import { readTurns, withTurns } from './turns.js'

const TRIES = 20

/** Changes a live record; what is kept beside the app's data stays, also when a refresh comes in between. */
export async function updateData(
  storage: Pick<Storage, 'get' | 'update'>,
  user: string,
  id: string,
  patch: RecordPatch,
): Promise<boolean> {
  if (patch.data === undefined) return storage.update(user, id, patch)
  for (let tries = 0; tries < TRIES; tries++) {
    const record = await storage.get(user, id)
    if (!record || record.endedAt !== null) return false
    const { data: before } = record
    const data = withTurns(patch.data, readTurns(before))
    if (await storage.update(user, id, { ...patch, data }, { data: before })) return true
  }
  throw tooBusy()
}

/** The error when others change the same record all the time. */
export function tooBusy(): UserSessionsError {
  return new UserSessionsError('storage_busy', 'This session is being changed by many others at once. Try again.')
}
