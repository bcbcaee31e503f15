import type { NodeResponse } from './node-types.js'

/** Sends a web-standard response on a Node one. Headers that the app has set stay, cookies are added to. */
export async function sendWebResponse(response: Response, to: NodeResponse): Promise<void> {
  // The app may have answered meanwhile, a timeout of its own for example.
  if (to.headersSent) return
  to.statusCode = response.status
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') to.setHeader(name, value)
  }
  for (const cookie of response.headers.getSetCookie()) to.appendHeader('Set-Cookie', cookie)
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length === 0) return void to.end()
  if (!to.hasHeader('content-length')) to.setHeader('Content-Length', body.length)
  to.end(body)
}
