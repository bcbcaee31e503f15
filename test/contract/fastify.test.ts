import { startFastify } from './fastify-app.js'
import { interleavings } from './interleavings.js'

interleavings(startFastify, [{ rolling: false }, { rolling: true }])
