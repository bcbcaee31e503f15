import type { Notice } from './notice.js'

/** One mail, as handed to a transport. Plain text only. */
export interface MailMessage {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** What sends mail. A transport of nodemailer fits. */
export interface MailTransport {
  sendMail(message: MailMessage): Promise<unknown>
}

/**
 * Security mails to users (parity row 13).
 *
 * @typeParam User the app's user id type
 */
export interface MailOptions<User = unknown> {
  /**
   * A connection URL, `smtp://user:password@host:587` or `smtps://…`, which needs `nodemailer` to be installed; or
   * anything with nodemailer's `sendMail(message)`.
   */
  readonly transport: string | MailTransport
  /** The sender: `security@example.com` or `Example <security@example.com>`. */
  readonly from: string
  /** A user's address. Undefined: this user gets no mail. Asked anew for every mail, so that it is the present one. */
  readonly to: (user: User) => string | undefined | Promise<string | undefined>
  /**
   * The page where users see and end their sessions, as an absolute URL. Links in mails are built from this and never
   * from a request's Host header, which a client can choose.
   */
  readonly pageUrl: string
  /**
   * Between two mails about one session, in milliseconds. Changes in between are told in one mail at its end. Default is
   * 600,000 (10 minutes).
   */
  readonly minInterval?: number
  /** Another subject. Line breaks and control characters are removed. Keep addresses and devices out of it. */
  readonly subject?: (notice: Notice<User>) => string
  /** Another text; gets ours to build on. */
  readonly text?: (notice: Notice<User>, standard: string) => string
}
