/**
 * What each proxy wrote about its peer, nearest proxy first; null where that says no address.
 *
 * Read from the right and lazily: entries on the left are the client's to forge, and can neither change how those on
 * the right are read (an unclosed quote) nor cost anything until all on their right are trusted.
 */
export function forwardedHops(header: 'x-forwarded-for' | 'forwarded', value: string): Iterable<string | null> {
  return header === 'forwarded' ? elements(value) : entries(value)
}

function* entries(value: string): Iterable<string> {
  let end = value.length
  while (end >= 0) {
    const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1)
    yield value.slice(comma + 1, end)
    end = comma
  }
}

/** RFC 7239 section 4: elements parted by commas, except inside quoted strings. */
function* elements(value: string): Iterable<string | null> {
  let end = value.length
  while (end >= 0) {
    const start = elementStart(value, end)
    yield forOf(value.slice(start, end).trim())
    end = start - 1
  }
}

function elementStart(value: string, end: number): number {
  let quoted = false
  for (let at = end - 1; at >= 0; at--) {
    if (value[at] === '"' && !(quoted && value[at - 1] === '\\')) quoted = !quoted
    else if (value[at] === ',' && !quoted) return at + 1
  }
  return 0
}

/** RFC 7239 section 4: `name=value`, the value a token or a quoted string. Unquoted colons and brackets are let pass. */
const PAIR = /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*(?:;|$)/y

const LONGEST_ELEMENT = 512

function forOf(element: string): string | null {
  if (element.length > LONGEST_ELEMENT) return null
  let found: string | null = null
  const pair = new RegExp(PAIR)
  while (pair.lastIndex < element.length) {
    const match = pair.exec(element)
    if (match === null) return null
    if (match[1]?.toLowerCase() !== 'for') continue
    if (found !== null) return null
    found = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? null
  }
  return found
}
