import { headersOf, type TestClient } from './clients.js'
import type { KnownSession } from './known-session.js'

/** A request to the app. */
export interface Question {
  readonly path: string
  readonly client: TestClient
  readonly method?: string
  readonly cookie?: string
  readonly body?: unknown
}

/** A complete answer. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly cookie: string | undefined
}

/** What was slow before that tells nothing of the moment of the kill. Milliseconds. */
const AT_LAST = 700

/** One life of the process: from its start to its kill. */
export class Life {
  killedAt = Number.POSITIVE_INFINITY
  /** When requests were sent that wait for their answer. */
  readonly #waiting = new Set<number>()
  readonly #answered: { readonly at: number; readonly took: number }[] = []

  constructor(private readonly url: string) {}

  get isOver(): boolean {
    return this.killedAt < Number.POSITIVE_INFINITY
  }

  /** How long it took at worst to answer at last, milliseconds: so late may its timers be, too. */
  slowest = 0

  over(): void {
    this.killedAt = Date.now()
    const waited = [...this.#waiting].map((sentAt) => this.killedAt - sentAt)
    const took = this.#answered.flatMap((one) => (one.at > this.killedAt - AT_LAST ? [one.took] : []))
    this.slowest = Math.max(0, ...waited, ...took)
  }

  /** Resolves once the answer is complete; with undefined when the kill came before that. */
  async ask(question: Question): Promise<Answer | undefined> {
    const sentAt = Date.now()
    this.#waiting.add(sentAt)
    try {
      const answer = await send(this.url, question)
      this.#answered.push({ at: Date.now(), took: Date.now() - sentAt })
      return answer
    } catch (error) {
      if (this.isOver) return undefined
      throw error
    } finally {
      this.#waiting.delete(sentAt)
    }
  }

  /** A visit of this session from this client. A session that nobody has ended is admitted, an ended one is not. */
  async visit(session: KnownSession, client: TestClient): Promise<void> {
    const { state } = session
    const used = state === 'ended' ? undefined : session.useFrom(client)
    const sentAt = Date.now()
    const answer = await this.ask({ path: '/me', cookie: session.cookie, client })
    if (!answer) return
    const wanted = state === 'ended' ? [401] : session.state === 'live' ? [200] : [200, 401]
    if (!wanted.includes(answer.status)) {
      throw new Error(`A session that is ${session.state} was answered ${answer.status}: ${nameOf(session)}`)
    }
    if (answer.status !== 200) return
    const answeredAt = Date.now()
    if (used) used.answeredAt ??= answeredAt
    session.visits.push({ sentAt, answeredAt })
  }

  /** The ids of the live sessions of this one's user, its own first. */
  async list(session: KnownSession): Promise<string[] | undefined> {
    const answer = await this.ask({ path: '/api/auth/sessions', cookie: session.cookie, client: session.first })
    if (answer?.status !== 200) return undefined
    const { data }: { data: { id: string; is_current: boolean }[] } = JSON.parse(answer.text)
    return data.toSorted((a, b) => Number(b.is_current) - Number(a.is_current)).map(({ id }) => id)
  }
}

/** For the message of a failure. */
export function nameOf({ user, id, state }: KnownSession): string {
  return `${user}, ${id}, ${state}`
}

async function send(url: string, { path, client, method = 'GET', cookie, body }: Question): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...headersOf(client),
      ...(cookie !== undefined && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  // express-session saves after the head is sent: only a complete answer says that it has.
  const text = await response.text()
  if (response.status >= 500) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
  return { status: response.status, text, cookie: response.headers.getSetCookie()[0]?.split(';')[0] }
}
