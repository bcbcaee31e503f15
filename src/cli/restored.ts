import type { Command } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'

/** After a restore from a backup: see `Everyone.restored`. */
export const restored: Command = {
  name: 'restored',
  usage: '',
  summary: 'Say that the records were restored from a backup, so that newer sessions are not taken for ended ones',
  flags: STORAGE_FLAGS,
  async run(call) {
    const { everyone } = await call.open()
    await everyone.restored()
    call.out('Told. Sessions newer than the backup are taken over as they come.')
    return 0
  },
}
