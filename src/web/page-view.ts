import { placeText } from '../request/place-text.js'
import type { Device, ListedSession, UserSession } from '../session.js'
import { cleanText } from './clean-text.js'
import { type EndedSessionView, endedView } from './ended-view.js'
import type { Locale } from './locale.js'
import type { Messages } from './messages.js'
import type { PageMessage } from './page-message.js'
import { type ShownTime, showTime } from './show-time.js'
import type { WebOptions } from './web-context.js'

const ONLINE_FOR = 2 * 60 * 1000
const MAX_ENDED = 50

/** A form to draw: a POST with these fields, as `application/x-www-form-urlencoded`. */
export interface PageForm {
  readonly action: string
  readonly method: 'post'
  readonly fields: readonly { readonly name: string; readonly value: string }[]
  /** On its button. */
  readonly label: string
}

/** One session, ready to be shown. Texts are cleaned, not escaped. */
export interface PageSession {
  readonly id: string
  readonly isCurrent: boolean
  /** What its user called it. */
  readonly name: string | null
  /** `Chrome on Windows`. */
  readonly device: string
  readonly kind: Device['kind']
  /** Empty when it is not known. */
  readonly userAgent: string
  readonly ip: string
  /** Where the address is, only approximately: `Lisbon, Portugal`. Null when it is not known. */
  readonly location: string | null
  readonly startedAt: ShownTime
  /** Only when activity is tracked. */
  readonly lastSeen: ShownTime | undefined
  /** Seen within the last two minutes; false when activity is not tracked. */
  readonly isOnline: boolean
  /** Signs this session out. */
  readonly end: PageForm
  /** A label for that button that names the device, for those who hear the page. */
  readonly endName: string
  /** The same for what opens its details. */
  readonly detailsName: string
}

/** Everything on the sessions page. Any view engine can draw it. Texts are cleaned, not escaped. */
export interface PageView {
  /** BCP 47, for `<html lang>`. */
  readonly lang: string
  readonly text: Messages
  /** The page's own path. */
  readonly url: string
  /** To be said once, after an action. */
  readonly messages: readonly PageMessage[]
  /** This device first. */
  readonly sessions: readonly PageSession[]
  /** Ended in the last 30 days, latest end first, at most 50. */
  readonly ended: readonly EndedSessionView[]
  /** False when the ended ones could not be read; then none are shown, though there may be some. */
  readonly isHistoryKnown: boolean
  readonly trackActivity: boolean
  /** Ends all other sessions; undefined when there are none. */
  readonly endOthers: PageForm | undefined
  /** Signs this session out. */
  readonly signOut: PageForm
}

/** What a view is made of, besides the sessions. */
export interface ViewContext {
  readonly options: WebOptions
  readonly locale: Locale
  readonly url: string
  readonly messages: readonly PageMessage[]
}

/**
 * Words a user's sessions for a page.
 *
 * @param ended undefined when they could not be read
 */
export function pageView(
  context: ViewContext,
  sessions: readonly ListedSession<unknown>[],
  ended: readonly UserSession<unknown>[] | undefined,
): PageView {
  const { locale, options, url, messages } = context
  const text = locale.messages
  const signOut = signOutForm(context)
  return {
    lang: locale.tag,
    text,
    url,
    messages,
    sessions: sessions.map((session) => pageSession(context, session, signOut)),
    ended: (ended ?? []).slice(0, MAX_ENDED).map((session) => endedView(session, options.now(), locale)),
    isHistoryKnown: ended !== undefined,
    trackActivity: options.trackActivity,
    endOthers: sessions.length > 1 ? { action: url, method: 'post', fields: [], label: text.signOutOthers } : undefined,
    signOut,
  }
}

function signOutForm({ options, url, locale }: ViewContext): PageForm {
  const label = locale.messages.signOut
  return options.logoutUrl === undefined
    ? { action: url, method: 'post', fields: [{ name: 'action', value: 'sign-out' }], label }
    : { action: options.logoutUrl, method: 'post', fields: [], label }
}

function pageSession(context: ViewContext, session: ListedSession<unknown>, signOut: PageForm): PageSession {
  const { options, locale, url } = context
  const text = locale.messages
  const now = options.now()
  const name = cleanText(session.name ?? '', 100)
  const device = cleanText(session.device.label, 100) || text.unknown
  const lastSeen = options.trackActivity ? session.lastSeenAt : undefined
  const isOnline = lastSeen !== undefined && now - lastSeen.getTime() < ONLINE_FOR
  const shown = lastSeen && showTime(lastSeen, now, locale)
  const end: PageForm = { action: url, method: 'post', fields: [{ name: 'session', value: session.id }], label: '' }
  return {
    id: session.id,
    isCurrent: session.isCurrent,
    name: name === '' ? null : name,
    device,
    kind: session.device.kind,
    userAgent: cleanText(session.userAgent ?? ''),
    ip: cleanText(session.ip ?? '', 64) || text.unknown,
    location: cleanText(placeText(session.place, locale.tag) ?? '', 200) || null,
    startedAt: showTime(session.createdAt, now, locale),
    lastSeen: shown && isOnline ? { ...shown, relative: text.onlineNow } : shown,
    isOnline,
    end: { ...(session.isCurrent ? signOut : end), label: text.endSession },
    endName: text.endSessionOf.replaceAll('{device}', () => name || device),
    detailsName: text.detailsOf.replaceAll('{device}', () => name || device),
  }
}
