import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request of node:http or of node:http2's compatibility layer. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** The response to a {@link NodeRequest}. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Goes on, or tells of a fault: as connect has it. */
export type Next = (error?: unknown) => void
