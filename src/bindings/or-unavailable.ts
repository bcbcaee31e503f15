import type { Next, NodeResponse } from './node-types.js'
import { sendWebResponse } from './send-web-response.js'
import { isUnavailable, unavailableAnswer } from './unavailable-answer.js'

/** Answers 503 where nothing can tell whether a session is good, and hands every other fault on. */
export function orUnavailable(response: NodeResponse, next: Next): Next {
  return (error) => {
    if (!isUnavailable(error)) return next(error)
    const answer = unavailableAnswer(error)
    answer.headers.set('content-type', 'application/json; charset=utf-8')
    sendWebResponse(answer, response).catch(next)
  }
}
