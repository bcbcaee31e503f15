import session from 'express-session'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { bindingContract } from './binding-contract.js'
import { storeEngineContract } from './engine-contract.js'
import { startExpress } from './express-app.js'

// Its interleavings, of all four layers, are in test/spec/interleavings.test.ts.
bindingContract('Express 5 with express-session', startExpress)

storeEngineContract('express-session', () => {
  const engine = new ExpressSessionEngine({ user: (data) => data.userId })
  return { engine, store: new session.MemoryStore(), currentOfNone: () => engine.current({}) }
})
