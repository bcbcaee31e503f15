import { checkTime } from './check-record.js'
import type { Unsettled } from './storage.js'

/** @throws TypeError when a time is none */
export function checkSettled(what: { readonly endedAt: number } | Unsettled): void {
  for (const time of 'endedAt' in what ? [what.endedAt] : [what.since, what.changedAt]) checkTime(time)
}
