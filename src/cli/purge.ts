import type { Command } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { countSessions } from './count-sessions.js'

/** Deletes records past their retention (parity row 14). Safe side by side with the app and with itself. */
export const purge: Command = {
  name: 'purge',
  usage: '',
  summary: 'Delete the records of sessions that are long over',
  flags: { ...STORAGE_FLAGS, 'dry-run': { type: 'boolean', help: 'Only count them' } },
  async run(call) {
    const { everyone } = await call.open()
    if (call.given('dry-run')) {
      call.out(`Would purge ${countSessions(await everyone.purge({ dryRun: true }), 'stale')}.`)
      return 0
    }
    const purged = await everyone.purge({ onProgress: (n) => n % 1000 === 0 && call.err(`${n} so far …`) })
    call.out(`Purged ${countSessions(purged, 'stale')}.`)
    return 0
  },
}
