import type { Command } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { countSessions } from './count-sessions.js'
import { progress } from './progress.js'

/** Ends what the app's store no longer has, if the config hands it over, and deletes records past their retention (parity row 14). Safe side by side with the app and with itself. */
export const purge: Command = {
  name: 'purge',
  usage: '',
  summary: 'Delete the records of sessions that are long over',
  flags: { ...STORAGE_FLAGS, 'dry-run': { type: 'boolean', help: 'Only count them' } },
  async run(call) {
    const sessions = await call.open()
    const { everyone } = sessions
    const dryRun = call.given('dry-run')
    if (sessions.hasStore) {
      const vanished = await everyone.reconcile({
        dryRun,
        onProgress: progress(call, (n) => `${n} gone from the store so far …`),
      })
      call.out(`${dryRun ? 'Would end' : 'Ended'} ${countSessions(vanished)} that the session store no longer has.`)
    }
    if (dryRun) {
      call.out(`Would purge ${countSessions(await everyone.purge({ dryRun: true }), 'stale')}.`)
      return 0
    }
    const purged = await everyone.purge({ onProgress: progress(call, (n) => `${n} purged so far …`) })
    call.out(`Purged ${countSessions(purged, 'stale')}.`)
    return 0
  },
}
