import type { Command } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { countSessions } from './count-sessions.js'
import { progress } from './progress.js'

/** After the secret was rotated: see `Everyone.reseal`. */
export const reseal: Command = {
  name: 'reseal',
  usage: '',
  summary: 'Seal the session keys with the first secret of the config, so that older ones can be dropped',
  flags: STORAGE_FLAGS,
  async run(call) {
    const { everyone } = await call.open({ secret: true })
    const onProgress = progress(call, (n) => `${n} sealed anew so far …`)
    const { resealed, unopened } = await everyone.reseal({ onProgress })
    call.out(`Sealed ${countSessions(resealed)} anew.`)
    if (unopened === 0) return 0
    call.err(`${countSessions(unopened)} could not be opened with any secret of the config: is one missing?`)
    return 1
  },
}
