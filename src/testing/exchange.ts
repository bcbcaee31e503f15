import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** How long a server may take to say that it has begun with a request; many say nothing. Milliseconds. */
const GREETING = 300
/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000

/** One request to be sent. */
export interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * One request on a connection of its own, and its answer. With `held`, only half of the body goes out until
 * {@link finish}: whatever reads a body waits for the rest.
 */
export class Exchange {
  /** The app has begun with it. */
  readonly begun: Promise<void>
  readonly #request: ClientRequest
  readonly #answer: Promise<Response>
  readonly #rest: string
  #isAnswered = false

  constructor({ url, method, headers, body }: Outgoing, { held }: { readonly held: boolean }) {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const length = Buffer.byteLength(body)
    this.#request = send(url, {
      method,
      agent: false,
      headers: {
        ...headers,
        ...(length > 0 ? { 'content-length': String(length) } : {}),
        // Node and most servers answer 100 when they hand the request to the app (RFC 9110, section 10.1.1).
        ...(held ? { expect: '100-continue' } : {}),
      },
    })
    this.#answer = answerTo(this.#request)
    this.#answer.then(
      () => {
        this.#isAnswered = true
      },
      // Told to whoever waits in `finish`; without this, an early failure would be an unhandled one.
      () => {},
    )
    const half = held ? Math.floor(body.length / 2) : body.length
    this.#rest = body.slice(half)
    this.begun = this.#begin(held, body.slice(0, half))
  }

  /** The whole answer has come. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Sends what is left. */
  finish(): Promise<Response> {
    if (!this.#isAnswered) this.#request.end(this.#rest)
    return this.#answer
  }

  async #begin(held: boolean, body: string): Promise<void> {
    if (held) {
      this.#request.flushHeaders()
      await greeted(this.#request)
    }
    if (body !== '' && !this.#isAnswered) this.#request.write(body)
  }
}

function greeted(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GREETING)
    for (const event of ['continue', 'response', 'error']) {
      request.once(event, () => {
        clearTimeout(timer)
        resolve()
      })
    }
  })
}

function answerTo(request: ClientRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    request.setTimeout(PATIENCE, () => request.destroy(new Error(`No answer within ${PATIENCE / 1000} seconds.`)))
    request.on('error', reject)
    // express-session saves after the head is sent: only a complete answer says that it has.
    request.on('response', (message) => void complete(message).then(resolve, reject))
  })
}

async function complete(message: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(Buffer.from(chunk))
  const headers = new Headers()
  for (let at = 0; at < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '')
  }
  const status = message.statusCode ?? 500
  const body = status === 204 || status === 205 || status === 304 ? null : Buffer.concat(chunks)
  return new Response(body, { status, headers })
}
