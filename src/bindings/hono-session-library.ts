import type { Context, Env, MiddlewareHandler, Next } from 'hono'

/** What @hono/session's `useSession` takes, as far as we need it. */
export interface UseSessionOptions {
  readonly duration?: { readonly absolute: number; readonly inactivity?: number }
  readonly deleteCookie?: (c: Context, name: string, options?: object) => unknown
  readonly getCookie?: (c: Context, name: string) => string | undefined
}

/** @hono/session's `useSession`, of whatever data. */
export type UseSession = (options?: never) => (c: never, next: Next) => unknown

/** What its middleware sets. */
export type EnvOf<Factory extends UseSession> =
  ReturnType<Factory> extends MiddlewareHandler<infer Variables> ? Variables : Env
