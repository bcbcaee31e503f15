import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestSource } from '../request/source.js'
import type { Ending, SeenClient, SessionData } from '../session.js'

/** What a request's session is recorded as. */
export interface Held {
  readonly id: string
  readonly user: string
  readonly key: string
}

/** A session this request has destroyed: if it saves a fresh key for the same user, that is a re-key. */
export interface Destroyed extends Held {
  readonly endingId: string
  /** Whether the end marked the user, for the cascade. */
  readonly unsettled: boolean
  /** False when somebody else had ended it before: then nothing may carry it on. */
  readonly mayRekey: boolean
  /** Waits in `atEnd` to tell listeners of the end. */
  readonly announce: () => void
}

/** All we know of one request; opened before the session library runs, and alive until the response is done. */
export class RequestContext {
  /** Set through {@link Contexts.hold}, which can then find it by its key. */
  held: Held | undefined
  /** What it came with, where only the client carries it. */
  came: Held | undefined
  /** Whom the session library has signed in, recorded or not. */
  user: string | undefined
  /** From its opening until the session is loaded and admitted. */
  isLoading = true
  /** The response is done; a handler may still be at work. */
  isClosed = false
  destroyed: Destroyed | undefined
  /** It would have been refused, but is only observed. */
  isSpared = false
  /** Why the request's session was refused. */
  refused: Ending | undefined
  /** The key it came with, if that has a user but no record yet: recording it is an adoption, not a sign-in. */
  unseenKey: string | undefined
  /** Handed over by `recordSignIn` before the session had a record. */
  signInData: SessionData | undefined
  /** Aborts when its session ends; made on demand. */
  signal: AbortSignal | undefined
  readonly #tellClient: () => SeenClient
  #atClose: (() => void)[] | undefined
  #client: SeenClient | undefined
  #atEnd: Set<() => void> | undefined

  /** @param request the framework's own */
  constructor(
    readonly request: object,
    readonly source: RequestSource,
    client: () => SeenClient,
  ) {
    this.#tellClient = client
  }

  /** Told once, on first need. */
  get client(): SeenClient {
    this.#client ??= this.#tellClient()
    return this.#client
  }

  /** Said at the end of the request, unless something takes them back. */
  get atEnd(): Set<() => void> {
    this.#atEnd ??= new Set()
    return this.#atEnd
  }

  /** Has this done when the response is. */
  atClose(run: () => void): void {
    this.#atClose ??= []
    this.#atClose.push(run)
  }

  /** The response is done. */
  close(): void {
    this.isClosed = true
    for (const run of this.#atClose ?? []) run()
    this.#atClose = undefined
    for (const say of this.#atEnd ?? []) say()
    this.#atEnd = undefined
  }
}

/**
 * Finds the context of a request: by the request itself where it is at hand, else by the asynchronous call chain, which a
 * driver with its own queue of callbacks can lose.
 */
export class Contexts {
  readonly #chain = new AsyncLocalStorage<RequestContext>()
  /** Where it hangs on a request: a WeakMap of requests would cost each of them several microseconds of garbage collection. */
  readonly #onRequest = Symbol('usersessions')
  readonly #holders = new Map<string, Set<RequestContext>>()

  open<Result>(request: object, source: RequestSource, client: () => SeenClient, run: () => Result): Result {
    const context = new RequestContext(request, source, client)
    // Not enumerable: a request that is logged must not show the key.
    Reflect.defineProperty(request, this.#onRequest, { value: context, configurable: true })
    return this.#chain.run(context, run)
  }

  /** The response is done, or the client gone: nothing finds the context by its key; its own request's handler still may. */
  close(context: RequestContext): void {
    this.#unlink(context)
    context.close()
  }

  /** Notes what the request's session is recorded as. */
  hold(context: RequestContext, held: Held | undefined): void {
    if (context.held?.key !== held?.key) {
      this.#unlink(context)
      if (held && !context.isClosed) {
        this.#holders.set(held.key, (this.#holders.get(held.key) ?? new Set()).add(context))
      }
    }
    context.held = held
    context.user = held?.user
  }

  of(request: object): RequestContext | undefined {
    const context: unknown = Reflect.get(request, this.#onRequest)
    return context instanceof RequestContext ? context : undefined
  }

  /** The request whose session is being loaded now; undefined once that is done, and for loads of other sessions. */
  loading(): RequestContext | undefined {
    const current = this.#chain.getStore()
    return current?.isLoading ? current : undefined
  }

  /**
   * The request that acts on this key: that of the call chain, if it holds the key. Where a driver lost the chain, the
   * only one that holds the key.
   */
  holding(key: string): RequestContext | undefined {
    const current = this.#chain.getStore()
    if (current) return current.held?.key === key ? current : undefined
    const holders = this.#holders.get(key)
    return holders?.size === 1 ? [...holders][0] : undefined
  }

  #unlink(context: RequestContext): void {
    if (!context.held) return
    const holders = this.#holders.get(context.held.key)
    holders?.delete(context)
    if (holders?.size === 0) this.#holders.delete(context.held.key)
  }
}
