import type { Logger } from '../session.js'
import { buildMessage } from './build-message.js'
import { checkMailOptions } from './check-mail-options.js'
import { createCoalescer } from './create-coalescer.js'
import { createDelivery, type SetTimer } from './create-delivery.js'
import { type LoadedTransport, loadTransport } from './load-transport.js'
import type { MailOptions, MailTransport } from './mail-options.js'
import type { Notice } from './notice.js'

/** Tells users by mail. */
export interface Mailer<User = unknown> {
  /** Returns at once and never throws: what goes wrong is tried again, then logged. */
  notify(notice: Notice<User>): void
  /** Sends what waits; resolves after 2 seconds at the latest. Notices after it are dropped. */
  close(): Promise<void>
}

/** What {@link createMailer} works with. */
export interface MailerParts {
  /** Default is `console`. */
  readonly logger?: Logger
  /** Default is `setTimeout`, unref'd. */
  readonly setTimer?: SetTimer
}

/** Milliseconds. */
const CLOSE_LASTS = 2_000

/**
 * Makes what sends security mails.
 *
 * @throws UserSessionsError `option_invalid`, or `peer_missing` when `transport` is a URL and nodemailer is not installed
 */
export async function createMailer<User = unknown>(
  options: MailOptions<User>,
  parts: MailerParts = {},
): Promise<Mailer<User>> {
  const checked = checkMailOptions(options)
  const transport = await open(checked.transport)
  const logger = quiet(parts.logger ?? console)
  const setTimer = parts.setTimer ?? unrefTimer

  const send = async (notice: Notice<User>, more: number): Promise<void> => {
    const to = await checked.to(notice.user)
    if (to === undefined) return
    // Cleaned, it would be some address, but whose?
    if (/\p{Cc}/u.test(to))
      return logger.error('A user has an address with control characters.', { sessionId: notice.sessionId })
    await transport.sendMail(buildMessage(notice, to, checked, more))
  }
  const delivery = createDelivery({ logger, setTimer })
  const coalescer = createCoalescer<Notice<User>>({
    interval: checked.minInterval,
    setTimer,
    emit: (notice, more) => delivery.push({ sessionId: notice.sessionId, run: () => send(notice, more) }),
    full: () => logger.error('Too many sessions changed their client at once; some users are not told.'),
  })
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    coalescer.flush()
    await delivery.close(CLOSE_LASTS)
    transport.close()
  }
  return {
    notify: (notice) => {
      if (closing === undefined) coalescer.add(notice.sessionId, notice)
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** A transport that the app made is the app's to close. */
async function open(transport: string | MailTransport): Promise<LoadedTransport> {
  if (typeof transport === 'string') return loadTransport(transport)
  return { sendMail: (message) => transport.sendMail(message), close: () => {} }
}

const unrefTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** A logger that throws must not stop a mail, nor a request. */
function quiet(logger: Logger): Logger {
  const attempt = (log: () => void): void => {
    try {
      log()
    } catch {}
  }
  return {
    warn: (message, details) => attempt(() => logger.warn(message, details)),
    error: (message, details) => attempt(() => logger.error(message, details)),
  }
}
