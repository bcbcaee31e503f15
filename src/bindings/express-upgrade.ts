import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Request as ExpressRequest, Response as ExpressResponse, RequestHandler } from 'express'
import type { Binding, RequestSessions, SessionData } from '../index.js'
import { admitUpgrade } from './admit-upgrade.js'
import { isExpressRequest } from './is-express-request.js'

/** Runs the session library on a WebSocket's handshake, and admits. */
export async function upgradeExpress<Store, User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
  run: RequestHandler,
  request: IncomingMessage,
  socket: Duplex,
): Promise<RequestSessions<User, Data> | undefined> {
  // Nobody sends it: a handshake has no response of this kind, but the session library wants to see one.
  const response = new ServerResponse(request)
  if (!isExpressRequest(request) || !isExpressResponse(response)) throw binding.missing()
  return admitUpgrade(binding, request, () => loaded(run, request, response), request, socket)
}

function loaded(run: RequestHandler, request: ExpressRequest, response: ExpressResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    run(request, response, (error?: unknown) => (error ? reject(error) : resolve()))
  })
}

function isExpressResponse(response: object): response is ExpressResponse {
  return response instanceof ServerResponse
}
