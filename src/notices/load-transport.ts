import { UserSessionsError } from '../errors.js'
import type { MailTransport } from './mail-options.js'

/** A transport that was made here, and is closed here. */
export interface LoadedTransport extends MailTransport {
  close(): void
}

/** What is used of nodemailer; by shape, so that our types do not need its. */
export interface Nodemailer {
  createTransport(options: object): LoadedTransport
}

/** In milliseconds. nodemailer's own defaults wait up to 10 minutes for a server that says nothing. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }

/**
 * The transport behind a connection URL, made with nodemailer, which is loaded here and only then.
 *
 * @throws UserSessionsError `peer_missing` when nodemailer is not installed
 */
export async function loadTransport(
  url: string,
  load: () => Promise<Nodemailer> = () => import('nodemailer'),
): Promise<LoadedTransport> {
  const nodemailer = await load().catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause
    throw new UserSessionsError(
      'peer_missing',
      "mail.transport is a URL, and sending to it needs the package 'nodemailer'. Install it: npm install nodemailer",
      { cause },
    )
  })
  return nodemailer.createTransport({ url, ...TIMEOUTS, disableFileAccess: true, disableUrlAccess: true })
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
}
