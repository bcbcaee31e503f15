import { placeText } from '../request/place-text.js'
import type { Device, EndReason, UserSession } from '../session.js'
import { cleanText } from './clean-text.js'
import type { Locale } from './locale.js'
import type { Messages } from './messages.js'
import { type ShownTime, showTime } from './show-time.js'

/** One ended session, ready to be shown. Texts are cleaned, not escaped. */
export interface EndedSessionView {
  readonly id: string
  /** What its user called it. */
  readonly name: string | null
  /** `Chrome on Windows`. */
  readonly device: string
  readonly kind: Device['kind']
  readonly userAgent: string
  readonly ip: string
  /** Where the address is, only approximately. Null when it is not known. */
  readonly location: string | null
  readonly startedAt: ShownTime
  readonly endedAt: ShownTime
  readonly reason: EndReason | null
  /** The reason in plain words. */
  readonly reasonText: string
  /** Who ended it; null when it was the user, or nobody in particular. */
  readonly by: string | null
}

const REASONS = {
  user: 'reasonUser',
  'other-session': 'reasonOtherSession',
  admin: 'reasonAdmin',
  app: 'reasonApp',
  limit: 'reasonLimit',
  expired: 'reasonExpired',
  idle: 'reasonIdle',
  switched: 'reasonSwitched',
  'credentials-changed': 'reasonCredentialsChanged',
  blocked: 'reasonBlocked',
  'not-me': 'reasonNotMe',
  'token-reused': 'reasonTokenReused',
  // Neither stands in a history: one is the tombstone of a key, the other is inferred.
  rekeyed: 'reasonUnknown',
  purged: 'reasonUnknown',
} as const satisfies Readonly<Record<EndReason, keyof Messages>>

/** These are the user's own doing by definition, however the app writes its user ids. */
const OWN: readonly (EndReason | null)[] = ['user', 'other-session', 'switched']

/**
 * Words an ended session for a page.
 *
 * @param now unix milliseconds
 */
export function endedView(session: UserSession<unknown>, now: number, locale: Locale): EndedSessionView {
  const text = locale.messages
  const { endedAt, endReason } = session
  return {
    id: session.id,
    name: cleanText(session.name ?? '', 100) || null,
    device: cleanText(session.device.label, 100) || text.unknown,
    kind: session.device.kind,
    userAgent: cleanText(session.userAgent ?? '') || text.unknown,
    ip: cleanText(session.ip ?? '', 64) || text.unknown,
    location: cleanText(placeText(session.place, locale.tag) ?? '', 200) || null,
    startedAt: showTime(session.createdAt, now, locale),
    endedAt: showTime(endedAt ?? session.lastSeenAt, now, locale),
    reason: endReason,
    reasonText: text[REASONS[endReason ?? 'purged'] ?? 'reasonUnknown'],
    by: endedBy(session),
  }
}

function endedBy({ endReason, endedBy, user }: UserSession<unknown>): string | null {
  if (endedBy === null || OWN.includes(endReason) || endedBy === String(user)) return null
  return cleanText(endedBy.replace(/^admin:/, ''), 100) || null
}
