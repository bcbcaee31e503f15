import { UserSessionsError } from '../errors.js'
import type { MailOptions } from './mail-options.js'

const MIN_INTERVAL = 600_000

/** The longest delay of a timer in JavaScript; beyond it, it fires at once. */
const LONGEST_TIMER = 2_147_483_647

/**
 * The options of security mails, checked, with defaults, frozen.
 *
 * @throws UserSessionsError `option_invalid`
 */
export function checkMailOptions<User>(
  options: MailOptions<User>,
): Required<Pick<MailOptions, 'minInterval'>> & MailOptions<User> {
  const { transport, from, to, pageUrl, minInterval = MIN_INTERVAL, subject, text } = options
  if (typeof transport === 'string' ? !/^smtps?:\/\/./i.test(transport) : typeof transport?.sendMail !== 'function') {
    throw invalid('transport', "must be a URL like 'smtp://user:password@host:587', or a transport of nodemailer")
  }
  if (typeof from !== 'string' || !from.includes('@') || /\p{Cc}/u.test(from)) {
    throw invalid('from', "must be an address like 'Example <security@example.com>', on one line")
  }
  if (typeof to !== 'function') throw invalid('to', "must be a function from a user to the user's address")
  for (const [name, value] of Object.entries({ subject, text })) {
    if (value !== undefined && typeof value !== 'function') throw invalid(name, 'must be a function that returns text')
  }
  if (!Number.isInteger(minInterval) || minInterval < 0 || minInterval > LONGEST_TIMER) {
    throw invalid('minInterval', `must be a whole number of milliseconds from 0 to ${LONGEST_TIMER}`)
  }
  return Object.freeze({ ...options, pageUrl: absolute(pageUrl), minInterval })
}

function absolute(pageUrl: unknown): string {
  const url = typeof pageUrl === 'string' && URL.canParse(pageUrl) ? new URL(pageUrl) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw invalid('pageUrl', "must be an absolute link, like 'https://example.com/accounts/sessions/'")
  }
  return url.href
}

function invalid(name: string, problem: string): UserSessionsError {
  return new UserSessionsError('option_invalid', `mail.${name} ${problem}.`)
}
