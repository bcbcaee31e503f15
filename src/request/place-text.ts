import { LRUCache } from 'lru-cache'
import type { Place } from '../session.js'

// Making one costs far more than using it, and which languages are asked for is the clients' to say.
const NAMES = new LRUCache<string, Intl.DisplayNames>({ max: 50 })

/**
 * A place for people: `Lisbon, Portugal`. The country's name is in the language asked for, the rest as the database has it.
 * Say beside it that it is approximate. Null when nothing is known.
 *
 * @param language BCP 47. Default is `en`.
 */
export function placeText(place: Place | null, language = 'en'): string | null {
  if (place === null) return null
  const country = place.country === null ? null : countryName(place.country, language)
  // Once is enough for Singapore in Singapore.
  const parts = new Set([place.city ?? place.region, country].filter((part) => part !== null))
  return [...parts].join(', ') || null
}

function countryName(code: string, language: string): string {
  const known = NAMES.get(language)
  const names = known ?? new Intl.DisplayNames([language, 'en'], { type: 'region' })
  if (!known) NAMES.set(language, names)
  return names.of(code) ?? code
}
