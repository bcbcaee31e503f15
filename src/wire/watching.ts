import type { Changes } from '../activity/changes.js'
import { Watches } from '../events/watches.js'
import type { Parts } from '../sessions/parts.js'
import { expireWatched, verifyWatched } from '../sessions/watch-session.js'

/** Between two looks at what watched sessions have run out. Milliseconds. */
const EXPIRY_INTERVAL = 30_000
/** Storage is asked no more often than that without requests. */
const LEAST_INTERVAL = 50

/** Watched sessions, and what they need while there are any. */
export interface Watching {
  readonly watches: Watches
  /** Something of these users' sessions, or of everyone's, changed. */
  changed(users?: ReadonlySet<string>): void
  close(): Promise<void>
}

/** An open socket makes no requests that would ask storage: while anything watches, a timer does. */
export function wireWatching(logger: Parts['config']['logger'], parts: () => Parts): Watching {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearInterval(timer)
  const start = () => {
    const { background, changes, config } = parts()
    let lookedAt = config.clock()
    const look = () => {
      if (!changes.fresh()) void changes.catchUp()
      if (Math.abs(config.clock() - lookedAt) < EXPIRY_INTERVAL) return
      lookedAt = config.clock()
      background('end watched sessions that ran out', expireWatched(parts()))
    }
    timer = setInterval(look, Math.max(LEAST_INTERVAL, changes.maxStaleness / 2)).unref()
  }
  const watches = new Watches({ logger, changed: (isWatching) => (isWatching ? start() : stop()) })
  return {
    watches,
    changed(users) {
      const { background, changes } = parts()
      if (!users) endEveryone(watches, changes)
      const known = new Set([...(users ?? [])].filter((user) => watches.knows(user)))
      if (known.size > 0) background('look at watched sessions', verifyWatched(parts(), known))
    },
    async close() {
      stop()
    },
  }
}

/** Those that have not been looked at yet are about to be. */
function endEveryone(watches: Watches, { everyone }: Changes): void {
  if (!everyone) return
  for (const { id, createdAt } of watches.sessions()) if (createdAt <= everyone.at) watches.ended(id, everyone)
}
