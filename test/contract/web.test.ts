import { webContract } from './binding-contract.js'
import { startWeb } from './web-app.js'

// What its engine does is in token.test.ts.
webContract('A handler of Request and Response with tokens', startWeb)
