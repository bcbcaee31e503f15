/** ` Did you mean 'list'?`, when one of the known names is like what was written; else nothing. */
export function meant(written: string, known: readonly string[]): string {
  const near = known.find((name) => isNear(name, written, 2))
  return near === undefined ? '' : ` Did you mean '${near}'?`
}

/** With so many letters added, left out or exchanged, one is the other. */
function isNear(a: string, b: string, changes: number): boolean {
  if (changes < 0) return false
  if (a === '' || b === '') return a.length + b.length <= changes
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0]) return isNear(restA, restB, changes)
  const left = changes - 1
  return isNear(restA, restB, left) || isNear(restA, b, left) || isNear(a, restB, left)
}
