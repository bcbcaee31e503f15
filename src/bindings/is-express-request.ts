import type { Request as ExpressRequest } from 'express'

/** A session library of Express reads nothing of a request that Node's own does not have. */
export function isExpressRequest(request: object): request is ExpressRequest {
  return 'headers' in request
}
