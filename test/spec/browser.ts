/** What a browser is to a server: a cookie jar and headers. */
export class Browser {
  readonly cookies = new Map<string, string>()

  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, { headers })
  }

  /** Posts a form. */
  post(path: string, fields: Record<string, string> | URLSearchParams = {}): Promise<Response> {
    return this.request(path, { method: 'POST', body: new URLSearchParams(fields) })
  }

  signIn(user: string): Promise<Response> {
    return this.post(`/login?user=${encodeURIComponent(user)}`)
  }

  async json(path: string, method = 'GET', body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await this.request(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return { status: response.status, body: await response.json() }
  }

  /** One request; redirects are not followed. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ ...this.headers })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    if (this.cookies.size > 0) headers.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    const response = await fetch(this.url + path, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    // express-session saves after the head is sent: only a complete answer says that it has.
    await response.clone().arrayBuffer()
    return response
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';')
    const [name = '', value = ''] = pair.split('=')
    const expires = attributes.find((one) => one.trim().toLowerCase().startsWith('expires='))
    const isOver = attributes.some((one) => /^\s*max-age=0$/i.test(one))
    if (isOver) this.cookies.delete(name)
    else if (expires && new Date(expires.split('=')[1] ?? '').getTime() < Date.now()) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
