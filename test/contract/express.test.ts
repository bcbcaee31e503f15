import { bindingContract } from './binding-contract.js'
import { startExpress } from './express-app.js'

bindingContract('Express 5 with express-session', startExpress)
