import type { Client, Device } from '../session.js'
import type { MailMessage, MailOptions } from './mail-options.js'
import type { Notice } from './notice.js'

/** What {@link buildMessage} needs of the options. */
export type MessageOptions<User> = Pick<MailOptions<User>, 'from' | 'pageUrl' | 'subject' | 'text'>

/** Control, format (bidi, zero width), line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

/**
 * The mail about a client change, in plain text. Every address, place and device in it is that of the visit or of the client
 * before it, and stands in the text only: subjects show on locked screens.
 *
 * @param more how many changes of the same session came between the last mail and this one, besides the one told
 */
export function buildMessage<User>(
  notice: Notice<User>,
  to: string,
  options: MessageOptions<User>,
  more: number,
): MailMessage {
  const standard = standardText(notice, options.pageUrl, more)
  return {
    from: oneLine(options.from, 320),
    to: oneLine(to, 320),
    subject: oneLine(options.subject?.(notice) ?? standardSubject(options.pageUrl), 200),
    text: options.text?.(notice, standard) ?? standard,
    // RFC 3834: no out-of-office answers to this.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

function standardSubject(pageUrl: string): string {
  return `Your account at ${new URL(pageUrl).host}: a session changed its device or network`
}

function standardText<User>(notice: Notice<User>, pageUrl: string, more: number): string {
  const lines = [
    `A signed-in session of your account at ${new URL(pageUrl).host} is now used from another device or network than before.`,
    '',
    `When:   ${new Date(notice.at).toUTCString().replace('GMT', 'UTC')}`,
    `Now:    ${clientWords(notice.device, notice.to, notice.location)}`,
    `Before: ${clientWords(notice.fromDevice, notice.from, notice.fromLocation)}`,
  ]
  if (more > 0) {
    const changes = more === 1 ? 'One more change' : `${more} more changes`
    lines.push('', `${changes} of this session came since our last mail about it. The newest is shown above.`)
  }
  lines.push(
    '',
    'If this was you, you need not do anything: browsers get updates, and phones change networks.',
    '',
    'If this was not you:',
    '1. Open this page and sign out that session:',
    `   ${pageUrl}`,
    '2. Then change your password.',
    '',
  )
  return lines.map((line) => line.trimEnd()).join('\n')
}

function clientWords(device: Device, client: Client, location: string | null): string {
  const address = client.ip === null ? 'IP address not known' : `IP address ${oneLine(client.ip, 45)}`
  const where = location === null ? '' : `, approximately ${oneLine(location, 200)}`
  return `${oneLine(device.label, 100)}, ${address}${where}`
}

function oneLine(text: string, longest: number): string {
  return Array.from(text.slice(0, longest * 2).replace(UNPRINTABLE, ''))
    .slice(0, longest)
    .join('')
    .trim()
}
