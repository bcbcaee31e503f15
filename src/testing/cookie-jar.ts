/** The cookies of one site, as far as tests need them: by name, until they are removed or expire. */
export class CookieJar {
  readonly #cookies: Map<string, string>

  constructor(cookies: Iterable<readonly [string, string]> = []) {
    this.#cookies = new Map(cookies)
  }

  get size(): number {
    return this.#cookies.size
  }

  /** The value of a cookie, as sent. */
  get(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** The `Cookie` header. */
  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Takes a `Set-Cookie` header (RFC 6265, section 5.2); `Max-Age` goes before `Expires`. */
  take(header: string): void {
    const [pair = '', ...attributes] = header.split(';')
    const [name, value] = halves(pair)
    if (name === '') return
    const named = new Map(attributes.map(halves).map(([key, text]) => [key.toLowerCase(), text]))
    if (isOver(named)) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  /** Another jar with the same cookies. */
  copy(): CookieJar {
    return new CookieJar(this.#cookies)
  }
}

function halves(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0
  const expires = Date.parse(attributes.get('expires') ?? '')
  return expires <= Date.now()
}
