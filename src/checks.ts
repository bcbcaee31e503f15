import { UserSessionsError } from './errors.js'

/** @throws UserSessionsError `option_unknown`, with the name that was probably meant */
export function checkNames(options: object, known: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${where} takes an options object.`)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const meant = known.find((candidate) => distance(candidate.toLowerCase(), name.toLowerCase()) <= 2)
    throw new UserSessionsError(
      'option_unknown',
      `${where} has no option '${name}'. ${meant ? `Did you mean '${meant}'?` : `Options are: ${known.join(', ')}.`}`,
    )
  }
}

/** @throws UserSessionsError `option_invalid` */
export function whole(name: string, value: unknown, fallback: number, least: number): number {
  return value === undefined ? fallback : checkWhole(name, value, least)
}

/** @throws UserSessionsError `option_invalid` */
export function checkWhole(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw invalid(name, `a whole number of at least ${least}`, value)
  }
  return value
}

/** The error for an option that has a value it cannot have. */
export function invalid(name: string, wanted: string, value: unknown): UserSessionsError {
  return new UserSessionsError('option_invalid', `Option '${name}' must be ${wanted}, not ${show(value)}.`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}
