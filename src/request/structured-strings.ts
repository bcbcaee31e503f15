/**
 * A string, its parameters, then a comma or the end (RFC 8941, 3.1 and 3.3.3). What may follow begins in its own way at
 * each place, so that it is linear.
 */
const ITEM =
  /[ \t]*"((?:[ !#-[\]-~]|\\["\\])*)"(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[ !#-[\]-~]|\\["\\])*"|[^\s",;]+))?)*[ \t]*(,|$)/y

/**
 * The strings in a structured header that is a list of strings, without their parameters. None when the header is not
 * well-formed, as RFC 8941 wants it: half a list is no list.
 */
export function structuredStrings(header: string): readonly string[] {
  const strings: string[] = []
  ITEM.lastIndex = 0
  for (;;) {
    const found = ITEM.exec(header)
    if (found === null) return []
    strings.push((found[1] ?? '').replace(/\\(["\\])/g, '$1'))
    if (found[2] !== ',') return strings
  }
}
