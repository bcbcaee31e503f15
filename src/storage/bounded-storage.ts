import { UserSessionsError } from '../errors.js'
import { within } from '../within.js'
import type { Storage } from './storage.js'
import { withMethods } from './with-methods.js'

/** These are in this process: there is no network that could swallow an answer. */
const NEAR: readonly string[] = ['memory', 'sqlite']
/** A request waits for these. Milliseconds. */
const LOOK_UP = 2_000
/** Longer than any storage waits for a lock before it says that it is busy. Milliseconds. */
const OTHER = 10_000
/** Of a storage that gave no answer in time, until it gives one. Milliseconds. */
const WHILE_SILENT = 500

/**
 * A storage that hangs is one that is away: what a request or a person waits for fails with `storage_unavailable` after
 * seconds, and soon while the silence lasts. What goes over whole tables may take its time.
 */
export function boundedStorage(inner: Storage): Storage {
  if (NEAR.includes(inner.name)) return inner
  const storage = withMethods(inner)
  const answered = patience()
  const lookedUp = <T>(work: Promise<T>) => answered(work, LOOK_UP)
  const done = <T>(work: Promise<T>) => answered(work, OTHER, ' Whether the last change was made is not known.')
  return {
    ...storage,
    find: (...args) => lookedUp(storage.find(...args)),
    get: (...args) => lookedUp(storage.get(...args)),
    isBlocked: (...args) => lookedUp(storage.isBlocked(...args)),
    changedSince: (...args) => lookedUp(storage.changedSince(...args)),
    meta: (key, change) => (change ? done(storage.meta(key, change)) : lookedUp(storage.meta(key))),
    list: (...args) => answered(storage.list(...args), OTHER),
    record: (...args) => done(storage.record(...args)),
    touch: (...args) => done(storage.touch(...args)),
    update: (...args) => done(storage.update(...args)),
    rekey: (...args) => done(storage.rekey(...args)),
    end: (...args) => done(storage.end(...args)),
    block: (...args) => done(storage.block(...args)),
    settled: (...args) => done(storage.settled(...args)),
  }
}

type Answered = <T>(work: Promise<T>, ms: number, hint?: string) => Promise<T>

function patience(): Answered {
  let isSilent = false
  const spoke = () => {
    isSilent = false
  }
  return (work, longest, hint = '') => {
    // A late answer is one, too.
    work.then(spoke, spoke)
    const ms = isSilent ? WHILE_SILENT : longest
    const late = () => {
      isSilent = true
      return new UserSessionsError('storage_unavailable', `The storage gave no answer within ${ms} ms.${hint}`)
    }
    return within(work, ms, { ref: true, late })
  }
}
