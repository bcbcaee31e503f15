import type { RequestSource } from '../index.js'

/** A web-standard request as the core wants to see it. Its platform alone knows who sent it. */
export function webSource(request: Request, remoteAddress: string | undefined): RequestSource {
  return { header: (name) => request.headers.get(name) ?? undefined, remoteAddress }
}
