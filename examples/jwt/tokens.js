import { jwtVerify, SignJWT } from 'jose'

/** Seconds. The refresh token lives as long as the session may go unused. */
export const LIFETIMES = { access: 5 * 60, refresh: 30 * 24 * 3600 }

/** Signs and verifies the two tokens of a session; `typ` keeps one from passing for the other (RFC 8725 §3.11). */
export function createTokens(secret) {
  const key = new TextEncoder().encode(secret)
  const options = (use) => ({ algorithms: ['HS256'], typ: `${use}+jwt`, requiredClaims: ['exp', 'sid', 'sub'] })

  const sign = (use, { user, sid }) =>
    new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256', typ: `${use}+jwt` })
      .setSubject(user)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIMES[use]}s`)
      .sign(key)

  return {
    /** A fresh pair for a session: the key in `sid` stays the same for as long as it lives. */
    async pair(session) {
      return { access: await sign('access', session), refresh: await sign('refresh', session) }
    },

    /** Whose session it is; undefined when the token is not good, or not for this use. */
    async read(use, token) {
      try {
        const { payload } = await jwtVerify(token, key, options(use))
        return { user: payload.sub, sid: payload.sid }
      } catch {
        return undefined
      }
    },
  }
}
