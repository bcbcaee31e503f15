import { bindingContract } from './binding-contract.js'
import { interleavings } from './interleavings.js'
import { startNestExpress, startNestFastify } from './nest-app.js'

bindingContract('Nest 11 on Express with express-session', startNestExpress)
interleavings(startNestExpress, [{ resave: true, rolling: true }])

bindingContract('Nest 11 on Fastify with @fastify/session', startNestFastify)
interleavings(startNestFastify, [{ rolling: true }])
