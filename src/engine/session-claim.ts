import type { Claim } from './engine.js'
import type { DataAccess } from './guarded-store.js'

/** Where the marker lies in the session's data. koa-session drops names that begin with `_`. */
const MARKER = 'usersessions'

/** A user's id as an app keeps it; nothing when nobody is signed in. */
export type UserIdInData = string | number | bigint | null | undefined

/**
 * Reads and marks session data that is a plain object.
 *
 * @param user the binding's `user` option
 * @param binding its name, for the message about a `user` that returns no id
 * @param lifetime what the data says of how long it lives, milliseconds
 */
export function sessionClaim<Data extends object>(
  user: (data: Data) => UserIdInData,
  binding: string,
  lifetime: (data: Data) => unknown,
): Pick<DataAccess<Data>, 'claim' | 'mark'> {
  return {
    claim(data): Claim {
      const marker: unknown = Reflect.get(data, MARKER)
      const lives = lifetime(data)
      return {
        user: userId(user(data), binding),
        marker: typeof marker === 'string' ? marker : undefined,
        lifetime: typeof lives === 'number' ? lives : undefined,
      }
    },
    mark(data, marker) {
      if (marker === undefined) Reflect.deleteProperty(data, MARKER)
      else Reflect.set(data, MARKER, marker)
    },
  }
}

/** @param user what the option returned, whatever its type says */
function userId(user: unknown, binding: string): string | undefined {
  if (user === undefined || user === null) return undefined
  if (typeof user === 'number' && Number.isNaN(user))
    throw new TypeError(`The 'user' option of ${binding} returned NaN.`)
  if (typeof user === 'string' || typeof user === 'number' || typeof user === 'bigint') return String(user) || undefined
  if (user instanceof Promise) {
    throw new TypeError(
      `The 'user' option of ${binding} returned a promise: \`user\` must answer at once, with the user's id.`,
    )
  }
  throw new TypeError(
    `The 'user' option of ${binding} must return the user's id (a string or a number), not ${typeof user}. For a user object return its id: (data) => data.user?.id.`,
  )
}
