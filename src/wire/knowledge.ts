import { Brake } from '../activity/brake.js'
import { Changes } from '../activity/changes.js'
import { ClientFollower } from '../activity/client-follower.js'
import type { ClientViews } from '../activity/grade-change.js'
import { Judge } from '../activity/judge.js'
import { RevocationLag } from '../activity/revocation-lag.js'
import { Tracker } from '../activity/tracker.js'
import { Verdicts } from '../activity/verdicts.js'
import type { Watches } from '../events/watches.js'
import type { SessionRecord } from '../session.js'
import { Keys } from '../sessions/keys.js'
import type { BoundEngine, Parts } from '../sessions/parts.js'
import { destroyKeys, noteEnded } from '../sessions/settle-ended.js'

/** What is there before anything is known. */
type Before = Pick<Parts, 'config' | 'storage' | 'announce' | 'background'> & {
  readonly watches: Pick<Watches, 'knows'>
  readonly views: ClientViews
  /** Something of these users' sessions, or of everyone's, changed. */
  readonly changed: (users?: ReadonlySet<string>) => void
}

/** What this process knows of sessions, and how it stays true. */
export function wireKnowledge(before: Before) {
  const { config, storage, background, watches, changed } = before
  const keys = new Keys(config.secrets)
  const engines = new Set<BoundEngine>()
  const verdicts = new Verdicts(config.cacheSize)
  const lag = new RevocationLag()
  const changes: Changes = new Changes({
    storage,
    config,
    maxStaleness: () => config.maxStaleness ?? defaultStaleness(engines),
    knows: (user) => verdicts.knows(user) || watches.knows(user),
    ended(records) {
      measure({ lag, keys, judge, config }, records)
      // What a slow request saved after the end, on this node, must not stay in the store either.
      background('destroy ended keys', destroyKeys({ engines, config }, noteEnded({ judge, keys }, records)))
    },
    changed(users) {
      judge.forgetUsers(users)
      changed(users)
    },
    endedEveryone: () => changed(),
  })
  const brake = new Brake(config.clock, config.logger)
  const judge = new Judge({ storage, verdicts, changes, hash: (key) => keys.hash(key), brake })
  const { tracker, follower } = wireActivity(before, judge)
  return { keys, engines, changes, judge, tracker, follower, lag }
}

function wireActivity({ config, storage, announce, background, views }: Before, judge: Judge) {
  const tracker: Tracker = new Tracker({
    storage,
    config,
    untouched: (id, user) => judge.forget(id, user),
    writeClient: (live) => follower.write(live),
  })
  const follower = new ClientFollower({
    storage,
    judge,
    config,
    views,
    background,
    holdBack: (live) => tracker.holdBack(live),
    changed: (record, from, change, request) => announce.clientChanged(record, from, change, request),
  })
  return { tracker, follower }
}

/** An end elsewhere that was not known here until now. */
function measure(
  { lag, keys, judge, config }: Pick<Parts, 'lag' | 'keys' | 'judge' | 'config'>,
  records: readonly SessionRecord[],
): void {
  for (const { endedAt, sealedKey, userId } of records) {
    const key = keys.open(sealedKey)
    if (endedAt !== null && key !== undefined && !judge.isEnded(key, userId)) lag.measured(endedAt, config.clock())
  }
}

/** Where nothing but our records can refuse a session, they are looked at more often. Milliseconds. */
function defaultStaleness(engines: ReadonlySet<BoundEngine>): number {
  return [...engines].some(({ authority }) => authority === 'records') ? 1_000 : 10_000
}
