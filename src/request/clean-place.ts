import type { Place } from '../session.js'

/** In code points; the longest name of a place in use has 85. */
const LONGEST = 100

/** Control, format and fillers, line and paragraph separators, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/** What databases write where they know no country; not a country of ISO 3166-1. */
const NOWHERE = ['XX', 'ZZ']

/** A place as it may be shown, from what claims to be one: a database, or the app's own code. Null when nothing is left. */
export function cleanPlace(claimed: unknown): Place | null {
  if (typeof claimed !== 'object' || claimed === null) return null
  const country = countryOf('country' in claimed ? claimed.country : undefined)
  const region = textOf('region' in claimed ? claimed.region : undefined)
  const city = textOf('city' in claimed ? claimed.city : undefined)
  return country === null && region === null && city === null ? null : Object.freeze({ country, region, city })
}

function countryOf(code: unknown): string | null {
  if (typeof code !== 'string' || !/^[a-z]{2}$/i.test(code)) return null
  const country = code.toUpperCase()
  return NOWHERE.includes(country) ? null : country
}

function textOf(text: unknown): string | null {
  if (typeof text !== 'string') return null
  const visible = text
    .slice(0, LONGEST * 4)
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, '')
    .trim()
  return [...visible].slice(0, LONGEST).join('').trim() || null
}
