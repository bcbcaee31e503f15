import { checkTime } from './check-record.js'
import { cleanText } from './clean-text.js'
import type { ClientBefore, DataBefore, RecordPatch } from './storage.js'

/**
 * A patch as every storage applies it, with clean text.
 *
 * @throws TypeError when a time is none
 */
export function checkPatch(patch: RecordPatch): RecordPatch {
  const { ip, userAgent, hints, knownClients, name, data, lastSeenAt, authenticatedAt } = patch
  if (lastSeenAt !== undefined) checkTime(lastSeenAt)
  if (authenticatedAt !== undefined) checkTime(authenticatedAt)
  return {
    ...patch,
    ...(ip !== undefined && { ip: cleanText(ip) }),
    ...(userAgent !== undefined && { userAgent: cleanText(userAgent) }),
    ...(hints !== undefined && { hints: cleanText(hints) }),
    ...(knownClients !== undefined && { knownClients: cleanText(knownClients) }),
    ...(name !== undefined && { name: cleanText(name) }),
    ...(data !== undefined && { data: cleanText(data) }),
  }
}

/** What a change starts from, with clean text. */
export function cleanBefore(from: ClientBefore | DataBefore): ClientBefore | DataBefore {
  if (!('ip' in from)) return { data: cleanText(from.data) }
  return {
    ip: cleanText(from.ip),
    userAgent: cleanText(from.userAgent),
    knownClients: cleanText(from.knownClients),
  }
}
