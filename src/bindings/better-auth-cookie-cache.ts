import { randomUUID } from 'node:crypto'
import type { AuthContext } from 'better-auth'
import type { AuthSession } from '../engine/auth-engine.js'

type CookieCache = NonNullable<NonNullable<AuthContext['options']['session']>['cookieCache']>
type Version = Exclude<CookieCache['version'], string | undefined>

/**
 * Has each session judged that Better Auth takes from its cookie cache. The cache asks its `version` whenever it is read,
 * wherever that is; an ended session's never matches, so that the session is looked up, and refused.
 */
export function judgedCookieCache(context: AuthContext, isGood: (session: AuthSession) => Promise<boolean>): void {
  let options = context.options
  const judged = (given: typeof options): typeof options => {
    const cookieCache = given.session?.cookieCache
    if (!cookieCache?.enabled) return given
    const version = judgedVersion(cookieCache.version, isGood)
    return { ...given, session: { ...given.session, cookieCache: { ...cookieCache, version } } }
  }
  // Better Auth puts the options in their place when all plug-ins are set up.
  Object.defineProperty(context, 'options', {
    get: () => options,
    set: (given: typeof options) => {
      options = judged(given)
    },
    enumerable: true,
    configurable: true,
  })
}

function judgedVersion(own: CookieCache['version'], isGood: (session: AuthSession) => Promise<boolean>): Version {
  return async (session, user): Promise<string> => {
    // From the cookie it comes as JSON.
    const isLive = await isGood({ ...session, expiresAt: new Date(session.expiresAt) })
    if (!isLive) return randomUUID()
    return typeof own === 'function' ? own(session, user) : (own ?? '1')
  }
}
