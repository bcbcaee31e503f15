import type { NodeRequest } from './node-types.js'

/** The path and query as they came: Express, connect and polka cut the mount off `url` and keep the whole beside it. */
export function originalUrl(request: NodeRequest & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/')
}
