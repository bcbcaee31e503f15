import { Brake } from '../src/activity/brake.js'
import { Judge } from '../src/activity/judge.js'
import { Tracker } from '../src/activity/tracker.js'
import { Verdicts, verdictOf } from '../src/activity/verdicts.js'
import type { SessionRecord } from '../src/session.js'
import { uuidv7 } from '../src/sessions/uuidv7.js'
import { memoryStorage } from '../src/storage/memory.js'
import { answering } from './child.js'

const START = 1_800_000_000_000
const HASH = new Uint8Array(32)
const BROWSERS = 500

answering(async ({ sessions, perUser }) => measure(Number(sessions), Number(perUser)))

async function measure(sessions: number, perUser: number) {
  const verdicts = new Verdicts(sessions)
  const tracker = new Tracker({
    storage: { touch: async () => [] },
    config: {
      trackActivity: true,
      touchInterval: 60_000,
      flushInterval: 5000,
      cacheSize: sessions,
      logger: console,
      clock: () => START + 60_000,
    },
    untouched() {},
    async writeClient() {},
  })
  const empty = heap()
  for (let index = 0; index < sessions; index++) verdicts.set(verdictOf(record(index, perUser), key(index)))
  const met = heap()
  for (let index = 0; index < sessions; index++) {
    const live = verdicts.byKey(key(index))
    if (live?.state === 'live') tracker.note(live, { at: START + 1000, expiresAt: START })
  }
  const noted = heap()
  tracker.stop()
  const unknown = await tryUnknown(sessions)
  return { held: (met - empty) / sessions, unwritten: (noted - met) / sessions, unknown }
}

/** Keys that nobody issued: what is left of each. */
async function tryUnknown(keys: number): Promise<number> {
  const judge = new Judge({
    storage: memoryStorage({ clock: () => START }),
    verdicts: new Verdicts(1000),
    changes: {
      fresh: () => true,
      caughtUp: async () => {},
      everyone: undefined,
      storageId: 'this',
      askStorageId: async () => 'this',
    },
    brake: new Brake(() => START, console),
    hash: () => HASH,
  })
  const before = heap()
  for (let index = 0; index < keys; index++) await judge.judge(key(index), 'nobody', undefined)
  return (heap() - before) / keys
}

function key(index: number): string {
  return flat(`a key of thirty-two letters ${String(index).padStart(4, '0')}`)
}

function record(index: number, perUser: number): SessionRecord {
  return {
    id: flat(uuidv7(START)),
    userId: flat(String(Math.floor(index / perUser))),
    keyHash: HASH,
    sealedKey: null,
    ip: flat(`203.0.${index % 256}.${(index >> 8) % 256}`),
    userAgent: flat(
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${index % BROWSERS}.0.0.0`,
    ),
    hints: null,
    knownClients: null,
    createdAt: START + index,
    lastSeenAt: START,
    authenticatedAt: START,
    expiresAt: START + 86_400_000,
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: null,
    data: null,
  }
}

/** A string as a driver hands it out: of its own, in one piece. */
function flat(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
