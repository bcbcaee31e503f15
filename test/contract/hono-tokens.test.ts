import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { forHonoTokens } from '../../src/bindings/hono-tokens.js'
import { webContract } from './binding-contract.js'
import type { StartBinding } from './contract-app.js'
import { serveContract } from './hono-app.js'
import { signIns, tokenOf, verified } from './token-app.js'

/** The contract's app on Hono 4 on its own, with a JWT in a cookie. */
const startHonoTokens: StartBinding = async ({ sessions, binding, ...setup }) => {
  const clear = (c: Context) => void deleteCookie(c, 'token')
  const us = forHonoTokens(sessions, { claims: (c) => c.get('token'), clear, ...binding })
  const app = new Hono()
  app.use(async (c: Context, next) => {
    c.set('token', await verified(c.req.header('cookie')))
    await next()
  })
  app.use(us.session())
  return serveContract(app, us, setup, async (c) => {
    const { session, user } = signIns(() => us.of(c).signOut())
    const done = async () => {
      if (user() === undefined) return
      const { key } = await us.of(c).issue(String(user()))
      setCookie(c, 'token', await tokenOf(key, String(user())), { httpOnly: true, sameSite: 'Lax' })
    }
    return { session, done }
  })
}

// What its engine does is in token.test.ts.
webContract('Hono 4 with tokens', startHonoTokens)
