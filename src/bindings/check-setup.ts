import { BINDING_OPTIONS, checkNames } from '../index.js'

/** What one binding takes. */
export interface Setup {
  /** Of the function that apps call. */
  readonly name: string
  /** Its own options. */
  readonly options: readonly string[]
  /** What the first of them is, with an example, where the binding cannot do without it. */
  readonly hint?: string
}

/**
 * Checks what a binding is set up with.
 *
 * @throws TypeError when `sessions` is none, or still a promise, and when the option it needs is missing
 * @throws UserSessionsError `option_unknown`
 */
export function checkSetup(sessions: unknown, options: object, { name, options: own, hint }: Setup): void {
  if (!isUserSessions(sessions)) {
    const got = sessions instanceof Promise ? 'a promise: await it' : sessions === null ? 'null' : typeof sessions
    throw new TypeError(
      `${name} takes what createUserSessions resolves to, \`const sessions = await createUserSessions({ … })\`, and got ${got}.`,
    )
  }
  const [needed] = own
  const given = options ?? {}
  checkNames(given, [...own, ...BINDING_OPTIONS], name)
  if (hint === undefined || needed === undefined) return
  if (typeof Reflect.get(given, needed) !== 'function') throw new TypeError(`${name} needs \`${needed}\`: ${hint}`)
}

function isUserSessions(sessions: unknown): boolean {
  return typeof sessions === 'object' && sessions !== null && 'bind' in sessions && typeof sessions.bind === 'function'
}
