import { type Binding, checkNames, type MountedCall, type SessionData } from '../index.js'

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
type Allow<Asked> = (asked: Asked) => boolean | string | undefined | Promise<boolean | string | undefined>

/** Answers for the admin page; `asked` is what the app's `allow` is handed. */
export type AdminHandler<Request, Asked> = (
  request: Request,
  call: MountedCall,
  asked: Asked,
) => Promise<Response | undefined>

/**
 * The admin page behind the app's own check: others are answered 403. It must not open for want of a rule.
 *
 * @throws TypeError when `allow` is missing
 * @throws UserSessionsError `option_unknown`
 */
export function adminHandler<Request extends object, Store, User, Data extends SessionData, Asked>(
  binding: Binding<Request, Store, User, Data>,
  options: { readonly allow: Allow<Asked> },
): AdminHandler<Request, Asked> {
  const allow = checkAllow(options)
  const admin = binding.admin()
  return async (request, call, asked) => {
    const allowed = await allow(asked)
    if (!allowed) return new Response('Forbidden', { status: 403, headers: { 'cache-control': 'no-store' } })
    return admin(typeof allowed === 'string' ? allowed : String(binding.of(request).user ?? 'unknown'), call)
  }
}

function checkAllow<Asked>(options: { readonly allow: Allow<Asked> }): Allow<Asked> {
  const given = options ?? {}
  checkNames(given, ['allow'], 'us.admin')
  if (typeof given.allow === 'function') return given.allow
  throw new TypeError(
    'us.admin needs `allow`: who may see it, for example `us.admin({ allow: (request) => accounts.isAdmin(us.of(request).user) })`.',
  )
}
