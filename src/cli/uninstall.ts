import { type Command, UsageError } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { countSessions } from './count-sessions.js'

/** Drops the tables, once it is sure that it is meant. */
export const uninstall: Command = {
  name: 'uninstall',
  usage: '',
  summary: 'Drop the tables, with all records in them',
  flags: { ...STORAGE_FLAGS, yes: { type: 'boolean', help: 'Do it. Without, it only says what it would do' } },
  async run(call) {
    const storage = await call.openStorage()
    const { name } = storage
    if (!storage.uninstall) throw new UsageError(`There is nothing to uninstall in the storage ${name}.`)
    const isMeant = call.given('yes')
    const records = countSessions(await storage.countPurgeable(Number.MAX_SAFE_INTEGER))
    const tables = (await storage.uninstall({ dryRun: !isMeant })).join(', ')
    call.out(`${isMeant ? 'Dropped' : 'Would drop'} ${tables} (${name}), with the records of ${records}.`)
    if (isMeant) return 0
    call.out('Nobody is signed out by that: the session store of the app keeps what it has.')
    call.err('Take usersessions out of the app first, then run this again with --yes.')
    return 1
  },
}
