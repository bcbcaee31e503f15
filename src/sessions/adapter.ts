import type { RequestSource } from '../request/source.js'
import type { Device, EndReason, UserSession } from '../session.js'

/** What {@link DefaultUserSessionsAdapter.endSessions} is told. */
export interface EndContext {
  readonly reason: EndReason
  readonly by: string | null
  /** Really ends these; returns the ones that were still live. */
  end(sessions: readonly UserSession<unknown>[]): Promise<UserSession<unknown>[]>
}

/** What the adapter can build on, wired from the options. */
export interface AdapterParts {
  clientIp(source: RequestSource): string | null
  userAgent(source: RequestSource): string | null
  describe(userAgent: string | null, hints?: string | null): Device
}

/**
 * The one place for behaviour: extend it, override what should differ, call `super` for the rest, and pass an instance
 * as `adapter` (django-allauth's `USERSESSIONS_ADAPTER`, parity row 11).
 */
export class DefaultUserSessionsAdapter {
  /**
   * Ends sessions of one user that a person or the app chose. Not asked when sessions end by themselves.
   *
   * @returns the sessions really ended; counts shown to people come from it
   */
  async endSessions(sessions: readonly UserSession<unknown>[], context: EndContext): Promise<UserSession<unknown>[]> {
    return context.end(sessions)
  }

  /** The client's address, or null when it cannot be told: never a reason to refuse a sign-in. */
  clientIp(source: RequestSource, parts: AdapterParts): string | null {
    return parts.clientIp(source)
  }

  /** The client's user agent, or null. What is returned is cut at 512 code points. */
  userAgent(source: RequestSource, parts: AdapterParts): string | null {
    return parts.userAgent(source)
  }

  /** The readable form of a client, for people. `hints` is what client hints told; hand it on as it is. */
  describe(userAgent: string | null, parts: AdapterParts, hints: string | null = null): Device {
    return parts.describe(userAgent, hints)
  }
}
