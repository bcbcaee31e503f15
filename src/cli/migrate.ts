import type { Command } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'

/** Makes or upgrades the tables (parity row 1). */
export const migrate: Command = {
  name: 'migrate',
  usage: '',
  summary: 'Make the tables, or bring them to this version',
  flags: STORAGE_FLAGS,
  async run(call) {
    await call.open({ migrate: true })
    call.out('The tables are up to date.')
    return 0
  },
}
