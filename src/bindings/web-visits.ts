import type { Binding, SessionData } from '../index.js'
import { unavailableAnswer } from './unavailable-answer.js'
import type { WebInfo } from './web.js'
import { webSource } from './web-source.js'
import { whenSent } from './when-sent.js'

/** What differs by app. */
export interface VisitParts {
  /** Reads the request's claims, before it is admitted. */
  read(request: Request): Promise<void>
  /** The cookies that the client is to be told to forget. */
  cleared(request: Request): readonly string[]
  flush(): Promise<void>
}

/** A platform that stops between requests writes what was gathered this often at most. Milliseconds. */
const FLUSH_EVERY = 5_000

/** Requests on their way through: opened, admitted, answered, closed. */
export class Visits<User, Data extends SessionData> {
  #flushed = Number.NEGATIVE_INFINITY

  constructor(
    private readonly binding: Binding<Request, never, User, Data>,
    private readonly parts: VisitParts,
  ) {}

  /** As `ForWeb.session`. */
  async session(request: Request, next: () => Response | Promise<Response>, info: WebInfo = {}): Promise<Response> {
    const { binding } = this
    if (binding.isOpen(request)) return this.#refusedBefore(request) ?? next()
    await this.parts.read(request)
    const close = () => binding.close(request)
    let response: Response
    try {
      response = await this.#open(request, info, async () => (await this.#decide(request)) ?? next())
    } catch (error) {
      close()
      throw error
    }
    const answer = this.finish(request, response)
    if (binding.isWatched(request)) return whenSent(answer, close)
    close()
    return answer
  }

  /** As `ForWeb.admit`. Nobody says when such a request is done: it holds on to nothing. */
  async admit(request: Request, info: WebInfo = {}): Promise<Response | undefined> {
    const { binding } = this
    if (binding.isOpen(request)) return this.#refusedBefore(request)
    await this.parts.read(request)
    try {
      return await this.#open(request, info, () => this.#decide(request))
    } finally {
      binding.close(request)
    }
  }

  /** As `ForWeb.finish`. */
  finish(request: Request, response: Response): Response {
    const cookies = this.parts.cleared(request)
    const headers = Object.entries(this.binding.headers)
    // A response that is none yet (101) takes no headers, and one that came from elsewhere none either.
    if (response.status < 200 || (cookies.length === 0 && headers.length === 0)) return response
    const answer = new Response(response.body, response)
    for (const [name, value] of headers) answer.headers.set(name, value)
    for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
    return answer
  }

  #open<Result>(request: Request, info: WebInfo, run: () => Promise<Result>): Promise<Result> {
    return this.binding
      .open(request, webSource(request, info.ip), run)
      .finally(() => info.waitUntil && this.#flushLater(info.waitUntil))
  }

  async #decide(request: Request): Promise<Response | undefined> {
    try {
      const state = await this.binding.admit(request)
      return state === 'must-answer' ? this.#refusal(request) : undefined
    } catch (error) {
      return unavailableAnswer(error)
    }
  }

  #refusedBefore(request: Request): Response | undefined {
    return this.binding.of(request).ended ? this.#refusal(request) : undefined
  }

  #refusal(request: Request): Response | undefined {
    const { pathname, search } = new URL(request.url)
    const accept = request.headers.get('accept') ?? undefined
    return this.binding.refusal({ method: request.method, path: pathname + search, accept })
  }

  #flushLater(waitUntil: (work: Promise<unknown>) => void): void {
    const now = performance.now()
    if (now - this.#flushed < FLUSH_EVERY) return
    this.#flushed = now
    waitUntil(this.parts.flush())
  }
}
