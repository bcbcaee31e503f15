import { endingOf } from '../activity/verdicts.js'
import { forLog } from '../errors.js'
import type { SessionRecord } from '../session.js'
import type { Parts } from './parts.js'

interface SettleOptions {
  readonly request: object | undefined
  readonly keepKeys?: boolean
  readonly isInPassing?: boolean
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
  { request, keepKeys = false, isInPassing = false }: SettleOptions,
): Promise<void> {
  const keys = noteEnded(parts, records)
  tellWatchers(parts, records)
  if (!keepKeys) await destroyKeys(parts, keys)
  for (const record of records) parts.announce.ended(record, request)
  const cascaded = parts.cascade.ended(records)
  if (!isInPassing) await cascaded
}

/** Makes this process refuse ended records; returns the keys they had, as far as they can be opened. */
export function noteEnded({ judge, keys }: Pick<Parts, 'judge' | 'keys'>, records: readonly SessionRecord[]): string[] {
  return records.flatMap((record) => {
    const ending = endingOf(record)
    const key = keyOf(keys, record)
    if (ending) judge.ended(record.id, record.userId, ending, key)
    return key === undefined ? [] : [key]
  })
}

/** Of ended records, while anybody holds the record: an end is noted and then settled, and a key takes as long as all the rest. */
const OPENED = new WeakMap<SessionRecord, { readonly key: string | undefined }>()

function keyOf(keys: Parts['keys'], record: SessionRecord): string | undefined {
  const opened = OPENED.get(record) ?? { key: keys.open(record.sealedKey) }
  OPENED.set(record, opened)
  return opened.key
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
