import { endingOf } from '../activity/verdicts.js'
import { forLog } from '../errors.js'
import type { SessionRecord } from '../session.js'
import type { Parts } from './parts.js'

interface SettleOptions {
  readonly request: object | undefined
  readonly keepKeys?: boolean
  readonly isInPassing?: boolean
  /** What {@link openKeys} made of these records before: each key takes as long as the rest of its end. */
  readonly opened?: readonly (string | undefined)[]
}

/**
 * What follows once storage has ended records of a user: this process refuses them from now on, their keys are destroyed in
 * the app's store, listeners are told, and what hangs on them goes. A key that cannot be destroyed stays refused, and is
 * destroyed when next seen.
 *
 * @param options.isInPassing it comes with a sign-in, which waits for no cascade
 */
export async function settleEnded(
  parts: Parts,
  records: readonly SessionRecord[],
  { request, keepKeys = false, isInPassing = false, opened }: SettleOptions,
): Promise<void> {
  const keys = noteEnded(parts, records, opened)
  tellWatchers(parts, records)
  if (!keepKeys) await destroyKeys(parts, keys)
  for (const record of records) parts.announce.ended(record, request)
  const cascaded = parts.cascade.ended(records)
  if (!isInPassing) await cascaded
}

/** The keys that records have, in their order; undefined where one cannot be opened. */
export function openKeys({ keys }: Pick<Parts, 'keys'>, records: readonly SessionRecord[]): (string | undefined)[] {
  return records.map(({ sealedKey }) => keys.open(sealedKey))
}

/** Makes this process refuse ended records; returns the keys they had, as far as they can be opened. */
export function noteEnded(
  { judge, keys }: Pick<Parts, 'judge' | 'keys'>,
  records: readonly SessionRecord[],
  opened: readonly (string | undefined)[] = openKeys({ keys }, records),
): string[] {
  for (const [index, record] of records.entries()) {
    const ending = endingOf(record)
    if (ending) judge.ended(record.id, record.userId, ending, opened[index])
  }
  return opened.filter((key) => key !== undefined)
}

/** Tells what is open on these sessions, in this process, that they ended. */
export function tellWatchers({ watches }: Pick<Parts, 'watches'>, records: readonly SessionRecord[]): void {
  for (const record of records) {
    const ending = endingOf(record)
    if (ending) watches.ended(record.id, ending)
  }
}

/** Destroys keys in the app's stores; what fails is logged, the tombstones stand. */
export async function destroyKeys(
  { engines, config }: Pick<Parts, 'engines' | 'config'>,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return
  for (const engine of engines) {
    if (engine.authority === 'records') continue
    try {
      await engine.destroy(keys)
    } catch (error) {
      config.logger.error(
        'usersessions: ended sessions stay refused, but the session store kept some of them',
        forLog(error),
      )
    }
  }
}
