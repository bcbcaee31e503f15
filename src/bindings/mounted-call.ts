import type { MountedCall } from '../index.js'

/** Where a web-standard request stands: what is before the last part of its path is the mount. */
export function mountedCall(request: Request): MountedCall {
  const { pathname } = new URL(request.url)
  const cut = pathname.lastIndexOf('/', pathname.length - 2)
  return { request, base: pathname.slice(0, cut), path: pathname.slice(cut) }
}
