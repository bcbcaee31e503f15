import type { Admitted, Binding, SessionData } from '../index.js'
import { nodeSource } from './node-source.js'
import type { Next, NodeRequest, NodeResponse } from './node-types.js'
import { originalUrl } from './original-url.js'
import { sendWebResponse } from './send-web-response.js'

/** Opens the request's context, runs the session library in it, and admits. */
export function openAndAdmit<Request extends NodeRequest, Store, User, Data extends SessionData>(
  binding: Binding<Request, Store, User, Data>,
  request: Request,
  response: NodeResponse,
  next: Next,
  run: (done: (error?: unknown) => void) => void,
): void {
  response.once('close', () => binding.close(request))
  for (const [name, value] of Object.entries(binding.headers)) response.setHeader(name, value)
  binding.open(request, nodeSource(request), () =>
    run((error) => (error ? next(error) : admitted(binding, request, response, next))),
  )
}

function admitted<Request extends NodeRequest, Store, User, Data extends SessionData>(
  binding: Binding<Request, Store, User, Data>,
  request: Request,
  response: NodeResponse,
  next: Next,
): void {
  const goOn = (state: Admitted) => {
    const { method = 'GET', headers } = request
    const asked = { method, path: originalUrl(request), accept: headers.accept }
    const answer = state === 'must-answer' && binding.refusal(asked)
    if (answer) sendWebResponse(answer, response).catch(next)
    else next()
  }
  const state = binding.admit(request)
  if (state instanceof Promise) {
    state.then(
      // Outside the promise: what the app's handlers throw is theirs.
      (later) => process.nextTick(goOn, later),
      (error: unknown) => process.nextTick(next, error),
    )
  } else goOn(state)
}
