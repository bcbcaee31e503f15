import { CookieJar } from './cookie-jar.js'
import { Exchange, type Outgoing } from './exchange.js'
import type { OpenApp } from './open-app.js'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const READING = ['GET', 'HEAD', 'OPTIONS']

/** What a request of a {@link TestClient} may carry. */
export interface TestRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request that an app has begun with and cannot finish, for want of the rest of its body. */
export interface HeldRequest {
  /** The app has begun with it. */
  readonly begun: Promise<void>
  /** The app did not wait: its whole answer has come. */
  readonly isAnswered: boolean
  /** Sends the rest. The client keeps the cookies of the answer. */
  finish(): Promise<Response>
}

/**
 * What a browser is to a server: cookies, a user agent, an origin. Every request goes over a connection of its own;
 * redirects are not followed. `await using` closes it.
 */
export class TestClient implements AsyncDisposable {
  /** The last answer, and to what. */
  last: { readonly request: string; readonly status: number } | undefined

  constructor(
    private readonly app: OpenApp,
    private readonly headers: Readonly<Record<string, string>> = {},
    readonly cookies: CookieJar = new CookieJar(),
  ) {}

  /** Where the app runs. */
  get url(): URL {
    return this.app.url
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.request(path, { headers })
  }

  /** Posts a form. */
  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    const body = new URLSearchParams(fields).toString()
    return this.request(path, { method: 'POST', headers: { 'content-type': FORM }, body })
  }

  /** Sends JSON; with POST unless told otherwise. */
  json(path: string, value: unknown, method = 'POST'): Promise<Response> {
    return this.request(path, { method, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(value) })
  }

  async request(path: string, request: TestRequest = {}): Promise<Response> {
    return this.#keep(await new Exchange(this.#outgoing(path, request), { held: false }).finish(), path, request)
  }

  /** Begins a request and sends half of its body. */
  hold(path: string, request: TestRequest): HeldRequest {
    const exchange = new Exchange(this.#outgoing(path, request), { held: true })
    return {
      begun: exchange.begun,
      get isAnswered() {
        return exchange.isAnswered
      },
      finish: async () => this.#keep(await exchange.finish(), path, request),
    }
  }

  /** Another client with the same cookies and user agent. */
  copy(): TestClient {
    return new TestClient({ url: this.app.url, close: async () => {} }, this.headers, this.cookies.copy())
  }

  /** Stops the app, if it was started for this client and no other uses it. */
  close(): Promise<void> {
    return this.app.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @throws TypeError for a path that leads elsewhere: nobody else gets the cookies. */
  #outgoing(path: string, { method = 'GET', headers = {}, body = '' }: TestRequest): Outgoing {
    const url = new URL(path, this.app.url)
    if (!path.startsWith('/') || url.origin !== this.app.url.origin) {
      throw new TypeError(`'${path}' is no path of the app: it begins with one slash.`)
    }
    return { url, method, body, headers: { ...this.headers, ...this.#asBrowsersDo(method), ...headers } }
  }

  /** Browsers name the origin of what changes something, and apps refuse others (RFC 6454; Fetch Metadata). */
  #asBrowsersDo(method: string): Record<string, string> {
    return {
      ...(this.cookies.size > 0 ? { cookie: this.cookies.header() } : {}),
      ...(READING.includes(method) ? {} : { origin: this.app.url.origin, 'sec-fetch-site': 'same-origin' }),
    }
  }

  #keep(response: Response, path: string, { method = 'GET' }: TestRequest): Response {
    for (const cookie of response.headers.getSetCookie()) this.cookies.take(cookie)
    this.last = { request: `${method} ${path}`, status: response.status }
    return response
  }
}
