import { setTimeout as delay } from 'node:timers/promises'
import type { TestRequest } from '../test-client.js'
import { CannotProveError, type ProofCheck } from './proof.js'
import type { Slow } from './slow-requests.js'
import { type Subject, wordsOf } from './subject.js'
import { verdict } from './verdict.js'
import type { Way } from './ways.js'

/** For a store to answer a slow request that the app has begun with: nothing outside the app can see it. Milliseconds. */
const SETTLE = 25

/** A check, or why the race did not take place. */
export type Raced = { readonly check: ProofCheck } | { readonly missed: string }

const NOT_HELD = 'it was answered at once, without waiting for its body'
const TOO_LATE = 'its body was read before its session was loaded'

/** Races slow requests against ends. */
export class Race {
  /** The app reads bodies first, so that a body cannot hold a request that has a session. */
  #isBodyFirst = false
  readonly #answers = new Map<TestRequest, { readonly signedIn: string; readonly nobody: string }>()

  constructor(private readonly subject: Subject) {}

  /** Ends a session in this way while this request is under way. */
  async run(way: Way, slow: Slow): Promise<Raced> {
    let missed = NOT_HELD
    for (const request of slow.requests) {
      const raced = await this.#runOnce(way, slow, request)
      if ('check' in raced) return raced
      missed = raced.missed
      if (missed !== NOT_HELD) break
    }
    if (slow.isNamed) throw new CannotProveError(`${way.words} while ${slow.words} was under way: ${missed}.`)
    return { missed }
  }

  async #runOnce(way: Way, slow: Slow, request: TestRequest): Promise<Raced> {
    const { client, end, bystander } = await way.begin()
    const old = this.subject.clients.copy(client)
    const held = client.hold(slow.path, request)
    await held.begun
    const before = await this.subject.look(old.copy())
    await delay(SETTLE)
    await end()
    if (held.isAnswered) {
      await held.finish()
      return { missed: NOT_HELD }
    }
    const answer = wordsOf(await held.finish())
    const check = await verdict(this.subject, {
      title: `${way.words} while ${slow.words} was under way`,
      before,
      // The slow answer may have brought a cookie of its own.
      clients: [old, client],
      bystander,
    })
    const letIn = await this.#letIn(slow, request, answer)
    return check.ok && letIn === 'no' ? { missed: TOO_LATE } : { check: letIn === 'no' ? check : { ...check, letIn } }
  }

  /** Whether the slow request began signed in, by its answer. */
  async #letIn(slow: Slow, request: TestRequest, answer: string): Promise<'yes' | 'no' | 'unknown'> {
    const usual = this.#answers.get(request) ?? (await this.#usualAnswers(slow, request))
    this.#answers.set(request, usual)
    if (usual.signedIn === usual.nobody) return this.#isBodyFirst ? 'no' : 'unknown'
    if (answer === usual.signedIn) return 'yes'
    if (answer !== usual.nobody) return 'unknown'
    this.#isBodyFirst = true
    return 'no'
  }

  async #usualAnswers({ path }: Slow, request: TestRequest) {
    const signedIn = await (await this.subject.signIn()).request(path, request)
    const nobody = await this.subject.clients.make().request(path, request)
    return { signedIn: wordsOf(signedIn), nobody: wordsOf(nobody) }
  }
}
