import type { CurrentSession, SessionEngine } from '../engine/engine.js'

/** An engine as one request sees it. */
export interface RequestEngine {
  /** The request's session as its library holds it. */
  current(): CurrentSession | undefined
  mark(marker: string): void
  /** Of a session that the client carries: an issued key goes where it will carry it. */
  carry(key: string): void
  forget(): Promise<void>
  /** The library's own logout. False where it has none: then ending the record is the logout. */
  signOut(): Promise<boolean>
}

export function requestEngine<Request, Store>(engine: SessionEngine<Request, Store>, request: Request): RequestEngine {
  return {
    current: () => engine.current(request),
    mark: (marker) => {
      if (engine.authority === 'store') engine.mark(request, marker)
    },
    carry: (key) => {
      if (engine.authority === 'records') engine.carry?.(request, key)
    },
    forget: () => engine.forget(request),
    async signOut() {
      if (engine.authority === 'records') return false
      await engine.signOut(request)
      return true
    },
  }
}
