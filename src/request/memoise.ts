import { LRUCache } from 'lru-cache'

/** In UTF-16 units. Longer texts are rare, and a thousand of them would be dear to keep. */
const LONGEST_KEPT = 2048

/**
 * Remembers what a pure function of a text answered, for the 1,000 texts asked last: on each request most are asked
 * again. Equal texts get the very same string back, so that many sessions share one.
 */
export function memoise(read: (text: string) => string | null): (text: string) => string | null {
  const known = new LRUCache<string, { readonly answer: string | null }>({ max: 1000 })
  return (text) => {
    if (text.length > LONGEST_KEPT) return read(text)
    const found = known.get(text)
    if (found !== undefined) return found.answer
    const answer = read(text)
    known.set(text, { answer })
    return answer
  }
}
