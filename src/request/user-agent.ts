import { memoise } from './memoise.js'
import type { RequestSource } from './source.js'

/** In code points, as kept in records. */
const MOST_CODE_POINTS = 512

/** What is looked at before anything else is done: the work is bounded by it, whatever is sent. */
const MOST_READ = 4096

/** Control, format (bidi, zero width), line and paragraph separators: they forge log lines and reorder pages. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** In `u` mode a surrogate that is part of a pair does not match. */
const LONE_SURROGATE = /\p{Surrogate}/gu

/**
 * The user agent of a request: without invisible characters, well-formed, at most 512 code points; null when none is
 * left. Never throws.
 */
export function readUserAgent(source: RequestSource): string | null {
  return cleanUserAgent(source.header('user-agent'))
}

/** The same for a user agent from wherever. */
export function cleanUserAgent(header: unknown): string | null {
  return typeof header === 'string' ? cleaned(header.slice(0, MOST_READ)) : null
}

const cleaned = memoise((text) => {
  const clean = text.replace(INVISIBLE, '').replace(LONE_SURROGATE, '\uFFFD').trim()
  return cut(clean, MOST_CODE_POINTS).trimEnd() || null
})

function cut(text: string, codePoints: number): string {
  if (text.length <= codePoints) return text
  return Array.from(text.slice(0, codePoints * 2))
    .slice(0, codePoints)
    .join('')
}
