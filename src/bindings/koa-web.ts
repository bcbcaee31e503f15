import type { Context, Middleware, Next } from 'koa'
import { isWebPath, type MountedCall } from '../index.js'
import { toWebRequest } from './to-web-request.js'

/** A web-standard handler where koa-mount or a router has put it; what it does not answer goes on. */
export function mountedKoa(handle: (ctx: Context, call: MountedCall) => Promise<Response | undefined>): Middleware {
  return async (ctx: Context, next: Next) => {
    const at = mountOf(ctx)
    if (!isWebPath(at.path)) return next()
    // Body parsers keep what they made of a body at Koa's request, not at Node's.
    const request = toWebRequest(ctx.req, ctx.originalUrl, Reflect.get(ctx.request, 'body'))
    if (!request) return ctx.throw(400)
    const answer = await handle(ctx, { request, ...at })
    if (!answer) return next()
    await answerKoa(ctx, answer)
  }
}

/** Makes a web-standard response the context's. Headers that the app has set stay, cookies are added to. */
export async function answerKoa(ctx: Context, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer())
  ctx.body = body.length > 0 ? body : null
  ctx.status = response.status
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') ctx.append(name, value)
    else ctx.set(name, value)
  }
}

/**
 * koa-mount cuts its prefix off `ctx.path`, and a router does not: what it has matched, whatever the parameters in it, is the
 * mount and ours in one.
 */
function mountOf(ctx: Context): { readonly base: string; readonly path: string } {
  // A client may send a whole URL (RFC 9112 3.2.2): its host is no part of our links.
  const [whole = ''] = ctx.originalUrl.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?', 1)
  const isRouted = '_matchedRoute' in ctx && ctx._matchedRoute !== undefined
  // koa-mount cuts the slash, too, where the prefix ends with one.
  const below = ctx.path.startsWith('/') ? ctx.path : `/${ctx.path}`
  const path = isRouted ? whole.slice(whole.lastIndexOf('/', whole.length - 2)) : below
  return { base: whole.endsWith(path) ? whole.slice(0, whole.length - path.length) : '', path }
}
