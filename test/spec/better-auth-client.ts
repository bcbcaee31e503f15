/** What answers web requests: `auth.handler`, a page, an API. */
export type Answers = (request: Request) => Promise<Response>

/** A client of web-standard handlers: a cookie jar and a user agent. */
export class WebClient {
  readonly cookies = new Map<string, string>()

  constructor(
    private readonly handler: Answers,
    private readonly own: Readonly<Record<string, string>> = {},
  ) {}

  get headers(): Headers {
    const headers = new Headers({ host: 'localhost', origin: 'http://localhost', ...this.own })
    if (this.cookies.size > 0) headers.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    return headers
  }

  copy(handler = this.handler): WebClient {
    const copy = new WebClient(handler, this.own)
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  /** Sends a JSON body, if there is one, as a POST. */
  async send(path: string, body?: unknown, handler = this.handler): Promise<Response> {
    const { headers } = this
    if (body !== undefined) headers.set('content-type', 'application/json')
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
    const response = await handler(new Request(`http://localhost${path}`, init))
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0\b/i.test(cookie)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  async json(path: string, body?: unknown): Promise<unknown> {
    return (await this.send(path, body)).json()
  }
}
