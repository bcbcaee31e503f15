/** A cookie to be cleared: a browser drops it only for one with the same name, path and domain. */
export interface ClearedCookie {
  readonly name: string
  /** As the library sets it: `path`, `domain`, `secure`, `httpOnly`, `sameSite`. */
  readonly attributes: object
}

/**
 * `Set-Cookie` headers that clear these cookies, and the pieces (`name.0`) that libraries cut long ones into.
 *
 * @param sent the request's `Cookie` header
 */
export function clearCookies(sent: string | undefined, cookies: readonly ClearedCookie[]): string[] {
  const names = (sent ?? '').split(';').map((pair) => pair.split('=')[0]?.trim() ?? '')
  return cookies.flatMap(({ name, attributes }) => {
    const pieces = names.filter((one) => one.startsWith(`${name}.`) && /^\d+$/.test(one.slice(name.length + 1)))
    return [name, ...pieces].map((one) => cleared(one, new Map(Object.entries(attributes))))
  })
}

function cleared(name: string, attributes: ReadonlyMap<string, unknown>): string {
  const parts = [`${name}=`, 'Max-Age=0', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT']
  parts.push(`Path=${attributes.get('path') ?? '/'}`)
  const domain = attributes.get('domain')
  if (domain) parts.push(`Domain=${domain}`)
  if (attributes.get('httpOnly') === true) parts.push('HttpOnly')
  if (attributes.get('secure') === true) parts.push('Secure')
  const sameSite = attributes.get('sameSite')
  if (typeof sameSite === 'string') parts.push(`SameSite=${sameSite}`)
  return parts.join('; ')
}
