import { once } from 'node:events'
import express from 'express'
import session from 'express-session'
import { forExpress } from '../../src/bindings/express.js'
import { callbackSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

/** The contract's app on Express 5 and express-session. */
export const startExpress: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const us = forExpress(sessions, { user: (data) => data.userId, ...binding })
  const app = express()
  const options = { secret: SECRET, resave: false, saveUninitialized: false, ...layer }
  app.use(us.session(session, { ...options, ...(store ? { store } : {}) }))
  if (setup.parsesBodies) app.use(express.urlencoded({ extended: false }), express.json())
  app.use(['/accounts', '/t/:tenant'], us.page())
  app.use('/api/auth', us.api())
  app.use('/admin', us.admin({ allow: (request) => setup.allow(request.get('x-admin')) }))
  for (const { method, path, handle } of setup.routes) {
    app[method](path, express.json(), async (request, response) => {
      const { url, body } = request
      const answer = await handle({
        session: callbackSession(() => request.session),
        sessions: us.of(request),
        url,
        body,
        gone: async () => void (await once(response, 'close')),
      })
      if (answer.location) response.location(answer.location)
      response.status(answer.status ?? 200).json(answer.json ?? {})
    })
  }
  return listening(app.listen(0, '127.0.0.1'))
}
