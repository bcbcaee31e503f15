import type { Context } from 'hono'

/** Takes back what the answer would set the cookie of this name to, whatever its prefix. */
export function dropSetCookie(request: Context, name: string): void {
  const cookies = request.res.headers.getSetCookie()
  const kept = cookies.filter(
    (cookie) => !['', '__Secure-', '__Host-'].some((prefix) => cookie.startsWith(`${prefix}${name}=`)),
  )
  if (kept.length === cookies.length) return
  request.header('Set-Cookie', undefined)
  for (const cookie of kept) request.header('Set-Cookie', cookie, { append: true })
}
