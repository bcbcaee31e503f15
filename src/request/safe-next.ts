const SOMEWHERE = 'https://local.invalid'
const MAX_LENGTH = 2048
const MAX_ROUNDS = 5

/**
 * Where to go after signing in: `value` when it is a path of this very site, else `fallback`. Use it on every `next` that a
 * request brings before redirecting to it, or anybody's link can lead your users off to a look-alike page.
 *
 * Refused: another origin in any spelling (`https:e`, `//e`, `/\e`, `/%2f/e`, `/.//e`), other schemes, backslashes, control
 * characters and white space (browsers drop tabs and line ends), dot segments, what does not decode, and more than 2048
 * characters.
 *
 * @param value what the request brought; anything but a string is refused
 * @param fallback where to go instead, returned as it is
 * @returns a path with its query and fragment, in ASCII and so fit for a `Location` header
 * @see OWASP Unvalidated Redirects and Forwards Cheat Sheet
 */
export function safeNext(value: unknown, fallback: string): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !URL.canParse(value, SOMEWHERE)) return fallback
  if (/[\\\t\n\r]/.test(value) || !staysHere(/^[^?#]*/.exec(value)?.[0] ?? '')) return fallback
  const url = new URL(value, SOMEWHERE)
  return url.origin === SOMEWHERE ? url.pathname + url.search + url.hash : fallback
}

/** Servers and proxies on the way may decode and normalise the path again, so it must hold at every stage. */
function staysHere(path: string): boolean {
  if (!decodesCleanly(path)) return false
  let stage = path
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!isLocal(stage)) return false
    const next = stage.replace(/%([0-7][\da-f])/gi, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === stage) return true
    stage = next
  }
  return false
}

/** Without dot segments, normalising changes nothing, and so it does not matter who decodes before or after it. */
function isLocal(path: string): boolean {
  return /^\/(?![/\\])/.test(path) && !/[^\S ]|[\\\p{Cc}]|\/\.\.?(\/|$)/u.test(path)
}

function decodesCleanly(path: string): boolean {
  try {
    return !/[^\S ]|\p{Cc}/u.test(decodeURIComponent(path))
  } catch {
    return false
  }
}
