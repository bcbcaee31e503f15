import fastifySession from '@fastify/session'
import { FastifySessionEngine } from '../../src/engine/fastify-session.js'
import { bindingContract } from './binding-contract.js'
import { storeEngineContract } from './engine-contract.js'
import { startFastify } from './fastify-app.js'
import { interleavings } from './interleavings.js'

bindingContract('Fastify 5 with @fastify/session', startFastify)
interleavings(startFastify, [{ rolling: false }, { rolling: true }])

storeEngineContract('@fastify/session', () => {
  const engine = new FastifySessionEngine({ user: (data) => data.userId })
  const none = { session: null, cookies: {}, server: { decryptSession: () => {} } }
  return { engine, store: new fastifySession.MemoryStore(), currentOfNone: () => engine.current(none) }
})
