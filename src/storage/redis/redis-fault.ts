import { UserSessionsError } from '../../errors.js'
import type { Fault } from '../sql/with-retries.js'

/** Nothing was done, and a second try may do: slots that are on their way to another node, a script that takes long. */
const BUSY = new Set(['TRYAGAIN', 'BUSY'])

/** Answers to a command of ours that was wrong. All other codes tell of the state of the server, or of our rights there. */
const OURS = new Set(['ERR', 'WRONGTYPE', 'NOSCRIPT', 'CROSSSLOT'])

const CODE = /^([A-Z][A-Z0-9]+) /

/** What to do about it, by code. */
const MENDS: Readonly<Record<string, string>> = {
  OOM: 'Its memory is full: raise maxmemory, or purge sooner.',
  READONLY: 'It is a replica: connect to the master, through Sentinel or as a cluster where it may change.',
  MOVED: 'It is a node of a cluster: hand over a client of the cluster, not of one node.',
  ASK: 'It is a node of a cluster: hand over a client of the cluster, not of one node.',
  NOPERM: 'Its user needs +@scripting, +@read, +@write and +info for the keys of this storage.',
}

/** How an error of a client of Redis is to be taken; undefined for a fault of ours. */
export function redisFault(error: unknown): Fault {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return undefined
  const code = codeOf(error)
  // Without a code it comes from the client or the network.
  if (code === undefined) return 'unavailable'
  if (BUSY.has(code)) return 'busy'
  if (/max number of clients reached/.test(error.message)) return 'unavailable'
  return OURS.has(code) ? undefined : 'unavailable'
}

/** Whether the server does not know the script, and so has not run it. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === 'NOSCRIPT'
}

/** The error for callers; what is a fault of ours stays as it is. */
export function toRedisError(error: unknown): unknown {
  const fault = redisFault(error)
  if (fault === undefined || error instanceof UserSessionsError) return error
  if (fault === 'busy') {
    const message =
      'The Redis of the sessions stayed busy. Look for a script that runs for long, or slots that are being moved.'
    return new UserSessionsError('storage_busy', message, { cause: error })
  }
  const reason = error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error)
  const mend = MENDS[error instanceof Error ? (codeOf(error) ?? '') : ''] ?? ''
  return new UserSessionsError(
    'storage_unavailable',
    `The Redis of the sessions cannot be used: ${reason} ${mend}`.trim(),
    {
      cause: error,
    },
  )
}

function codeOf(error: Error): string | undefined {
  return CODE.exec(error.message)?.[1]
}
