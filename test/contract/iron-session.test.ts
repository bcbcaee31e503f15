import { IronSessionEngine } from '../../src/engine/iron-session.js'
import { webContract } from './binding-contract.js'
import { ironOnExpress, ironOnNode } from './iron-app.js'
import { recordsEngineContract } from './records-engine-contract.js'
import { sealedInterleavings } from './sealed-interleavings.js'

interface Data {
  userId?: string
  userSessionKey?: string
}

interface Sent {
  cleared: number
}

webContract('Express 5 with iron-session', ironOnExpress())
webContract('node:http with iron-session', ironOnNode)

sealedInterleavings('iron-session', ironOnExpress)

recordsEngineContract<Sent>('iron-session', () => {
  const engine = new IronSessionEngine<Sent, Data>({ user: ({ userId }) => userId })
  return {
    engine,
    request(claims) {
      const request = { cleared: 0 }
      const data = claims ? { userId: claims.user, userSessionKey: claims.key } : {}
      engine.hold(request, data, () => void request.cleared++)
      return request
    },
    cleared: (request) => request.cleared,
    refused: 'ended',
  }
})
