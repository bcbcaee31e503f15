import { bindingContract } from './binding-contract.js'
import { startFastify } from './fastify-app.js'
import { interleavings } from './interleavings.js'

bindingContract('Fastify 5 with @fastify/session', startFastify)
interleavings(startFastify, [{ rolling: false }, { rolling: true }])
