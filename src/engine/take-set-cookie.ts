import type { Context } from 'hono'

/**
 * Takes back what the answer would set the cookie of this name to, whatever its prefix.
 *
 * @returns the headers that it had
 */
export function takeSetCookie(request: Context, name: string): string[] {
  const isTaken = (header: string) =>
    ['', '__Secure-', '__Host-'].some((prefix) => header.startsWith(`${prefix}${name}=`))
  const all = request.res.headers.getSetCookie()
  const taken = all.filter(isTaken)
  if (taken.length === 0) return taken
  request.header('Set-Cookie', undefined)
  for (const header of all) if (!isTaken(header)) request.header('Set-Cookie', header, { append: true })
  return taken
}
