import { bindingContract, webContract } from './binding-contract.js'
import { interleavings } from './interleavings.js'
import { startNode, startNodeTokens } from './node-app.js'

bindingContract('node:http with express-session', startNode)
// The engine's other layers are in test/spec/interleavings.test.ts.
interleavings(startNode, [{ resave: false, rolling: false }])

webContract('node:http with tokens', startNodeTokens)
