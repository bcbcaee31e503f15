import session from 'express-session'
import { HonoSessionEngine } from '../../src/engine/hono-session.js'
import { HonoSessionsEngine } from '../../src/engine/hono-sessions.js'
import { bindingContract } from './binding-contract.js'
import { storeEngineContract } from './engine-contract.js'
import { startHono, startHonoSession } from './hono-app.js'
import { asHonoSessionsStore, asHonoStorage, withContractCallbacks } from './hono-stores.js'
import { interleavings } from './interleavings.js'

bindingContract('Hono 4 with hono-sessions', startHono)
interleavings(startHono, [{ rolling: false }, { rolling: true }])

bindingContract('Hono 4 with @hono/session', startHonoSession, { rekeys: false })
interleavings(startHonoSession, [{}])
