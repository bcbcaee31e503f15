import type { EndReason, UserSessions } from '../index.js'
import { type Call, type Command, UsageError } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { countSessions } from './count-sessions.js'
import { plainText } from './plain-text.js'

/** The others tell of what happened by itself. */
const REASONS: readonly EndReason[] = ['admin', 'app', 'credentials-changed', 'blocked']

/** Ends sessions of a user. Running apps notice within their `maxStaleness`. */
export const end: Command = {
  name: 'end',
  usage: 'USER (ID… | --all)',
  summary: "End some or all of a user's sessions",
  flags: {
    ...STORAGE_FLAGS,
    all: { type: 'boolean', help: "All of the user's sessions" },
    reason: { type: 'string', value: 'REASON', help: `One of: ${REASONS.join(', ')}. Default is admin` },
    by: { type: 'string', value: 'WHO', help: 'Kept as the one who ended them. Default is cli' },
  },
  async run(call) {
    const [user, ...ids] = call.positionals
    if (!user) throw new UsageError('end takes a user id.')
    if (call.given('all') === ids.length > 0) throw new UsageError('end takes either session ids or --all.')
    const how = { reason: reasonOf(call), by: call.text('by') ?? 'cli' }
    const sessions = await call.open()
    return call.given('all') ? endAll(call, sessions, user, how) : endSome(call, sessions, { user, ids }, how)
  },
}

interface How {
  readonly reason: EndReason
  readonly by: string
}

async function endAll(call: Call, sessions: UserSessions, user: string, how: How): Promise<number> {
  const ended = await sessions.user(user).endAll(how)
  call.out(ended.length > 0 ? `Ended ${countSessions(ended.length)}.` : `User ${plainText(user)} has no live sessions.`)
  return 0
}

async function endSome(
  call: Call,
  sessions: UserSessions,
  { user, ids }: { readonly user: string; readonly ids: readonly string[] },
  how: How,
): Promise<number> {
  const ended = new Set((await sessions.user(user).end(ids, how)).map(({ id }) => id))
  const others = [...new Set(ids)].filter((id) => !ended.has(id))
  call.out(`Ended ${countSessions(ended.size)}.`)
  for (const id of others) call.err(`Not a live session of this user: ${plainText(id)}`)
  return others.length === 0 ? 0 : 1
}

function reasonOf(call: Call): EndReason {
  const given = call.text('reason') ?? 'admin'
  const reason = REASONS.find((known) => known === given)
  if (reason === undefined) throw new UsageError(`There is no reason '${given}': ${REASONS.join(', ')}.`)
  return reason
}
