import type { ApiOptions, PageOptions } from '../index.js'
import type { NestPlaces, Paths } from './nest-options.js'

/** What a binding makes for a mount, in the way of its framework. */
interface Makers<Handler, Allow> {
  page(options?: PageOptions): Handler
  api(options?: ApiOptions): Handler
  admin(options: { readonly allow: Allow }): Handler
}

/** What is to be mounted, with its path below the app's prefix. */
export type Mount<Handler> = readonly [path: string, handler: Handler]

/** The pages and the API, where the app wants them. */
export function nestMounts<Handler, Allow>(
  us: Makers<Handler, Allow>,
  { page, api, admin }: NestPlaces<Allow>,
): readonly Mount<Handler>[] {
  const found: Mount<Handler>[] = []
  const add = (path: Paths, handler: Handler) => {
    for (const one of typeof path === 'string' ? [path] : path) found.push([one, handler])
  }
  if (page !== undefined) {
    const { path, ...options } = placed(page)
    add(path, us.page(options))
  }
  if (api !== undefined) {
    const { path, ...options } = placed(api)
    add(path, us.api(options))
  }
  if (admin !== undefined) {
    const { path, ...options } = admin
    add(path, us.admin(options))
  }
  return found
}

function placed<Place extends { readonly path: Paths }>(given: Paths | Place): Place | { readonly path: Paths } {
  return typeof given === 'object' && 'path' in given ? given : { path: given }
}
