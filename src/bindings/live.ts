import type { Ending } from '../index.js'

/** What `us.of(request)` gives, as far as the helpers need it. */
export interface Visitor {
  onEnd(listener: (ending: Ending) => void): () => void
}

/** A WebSocket of `ws`, or what looks like it. */
export interface WebSocketLike {
  close(code: number, reason: string): void
  once(event: 'close', listener: () => void): unknown
}

/** A socket of Socket.IO, on the server. */
export interface SocketIoLike {
  emit(event: 'session-ended', message: { readonly reason: string }): unknown
  disconnect(close: boolean): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

/** A response of node:http that is being written. */
export interface StreamLike {
  readonly writableEnded: boolean
  getHeader(name: string): unknown
  write(text: string): unknown
  end(): unknown
  once(event: 'close', listener: () => void): unknown
}

/** "Sign in again", from the range that RFC 6455 7.4.2 leaves to applications. */
const SIGN_IN_AGAIN = 4401

/** Closes a WebSocket when its session ends: code 4401, and the reason as text. */
export function closeOnEnd(socket: WebSocketLike, visitor: Visitor): void {
  socket.once(
    'close',
    visitor.onEnd(({ reason }) => socket.close(SIGN_IN_AGAIN, reason)),
  )
}

/** Disconnects a socket of Socket.IO when its session ends, after an event `session-ended` with the reason. */
export function disconnectOnEnd(socket: SocketIoLike, visitor: Visitor): void {
  const stop = visitor.onEnd(({ reason }) => {
    socket.emit('session-ended', { reason })
    socket.disconnect(true)
  })
  socket.once('disconnect', stop)
}

/** Ends a response that is still being written when its session ends; an event stream gets an event `session-ended` before. */
export function endStreamOnEnd(response: StreamLike, visitor: Visitor): void {
  const stop = visitor.onEnd(({ reason }) => {
    if (response.writableEnded) return
    if (String(response.getHeader('content-type')).startsWith('text/event-stream')) {
      response.write(`event: session-ended\ndata: ${JSON.stringify({ reason })}\n\n`)
    }
    response.end()
  })
  response.once('close', stop)
}
