import type { Ending } from '../session.js'
import type { RequestContext } from './context.js'
import type { Parts } from './parts.js'
import { SessionEndedError } from './session-ended-error.js'
import { watchSession } from './watch-session.js'

/** Calls the listener once, when the request's session ends; returns what stops it. Of nobody's request, never. */
export function onSessionEnd(
  parts: Parts,
  { held, refused }: RequestContext,
  listener: (ending: Ending) => void,
): () => void {
  // Where nothing is refused, nothing is closed either.
  if (parts.config.mode !== 'enforce') return () => {}
  if (held) return watchSession(parts, held, listener)
  if (refused) queueMicrotask(() => listener(refused))
  return () => {}
}

/** Aborts when the request's session ends, until the response is done. */
export function endSignal(parts: Parts, context: RequestContext): AbortSignal {
  context.signal ??= makeSignal(parts, context)
  return context.signal
}

function makeSignal(parts: Parts, context: RequestContext): AbortSignal {
  const controller = new AbortController()
  const stop = onSessionEnd(parts, context, (ending) => controller.abort(new SessionEndedError(ending)))
  if (context.isClosed) stop()
  else context.atClose(stop)
  return controller.signal
}
