import type { Config } from '../../options.js'
import type { SessionRecord } from '../../session.js'
import type { Storage, Unsettled } from '../../storage/storage.js'

/** What is younger may still be under way. Milliseconds. */
const UNDER_WAY = 60_000
const PAGE = 50

/** What a sweep needs. */
interface SweepParts {
  readonly storage: Pick<Storage, 'unsettled' | 'settled' | 'list'>
  readonly config: Pick<Config, 'clock'>
}

/**
 * Does over what has been left undone for a minute, for all sessions of a user that ended since: which of them it was for is
 * not known, and handlers are idempotent.
 *
 * @param callAll calls every handler for these, and tells whether all have done their part
 */
export async function sweepUnsettled(
  { storage, config }: SweepParts,
  callAll: (records: readonly SessionRecord[]) => Promise<boolean>,
): Promise<void> {
  const before = config.clock() - UNDER_WAY
  const settle = async (unsettled: Unsettled) => {
    const ended = await storage.list(unsettled.userId, { endedSince: unsettled.since })
    // The session of an old key lives on, or has a record of its own.
    if (await callAll(ended.filter(({ endReason }) => endReason !== 'rekeyed'))) {
      await storage.settled(unsettled.userId, unsettled)
    }
  }
  let after: Unsettled | undefined
  for (;;) {
    const page = await storage.unsettled(before, PAGE, after)
    await Promise.all(page.map(settle))
    after = page.at(-1)
    if (page.length < PAGE) return
  }
}
