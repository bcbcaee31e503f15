import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context'
import type { EndRequest } from '../index.js'

/** Why the endpoint of Better Auth's that is at work destroys a user's session; without a token all of them. */
export function howDestroyed(userId: string, token?: string): Required<EndRequest> {
  const endpoint = tryGetCurrentAuthEndpointContext()
  const path = endpoint?.path ?? ''
  const acting = endpoint?.context.session
  if (path === '/sign-out') return { reason: 'user', by: userId }
  if (path.startsWith('/admin/')) return { reason: 'admin', by: `admin:${acting?.user.id ?? 'unknown'}` }
  if (path.includes('password')) return { reason: 'credentials-changed', by: userId }
  if (acting?.user.id !== userId) return { reason: 'app', by: null }
  if (token === acting.session.token) return { reason: 'user', by: userId }
  return path.includes('revoke') ? { reason: 'other-session', by: userId } : { reason: 'app', by: null }
}
