import type { Place } from '../session.js'
import { cleanPlace } from './clean-place.js'

/**
 * The place in a record of an .mmdb database: of MaxMind's shape (`country.iso_code`, `subdivisions`, `city.names`), which
 * most others share, or a flat one (`country_code`, `state1`, `city`).
 */
export function readPlace(record: unknown): Place | null {
  const country = part(record, 'country')
  const subdivisions = part(record, 'subdivisions')
  return cleanPlace({
    country: text(part(country, 'iso_code')) ?? text(part(record, 'country_code')) ?? text(country),
    region: name(part(subdivisions, 0)) ?? text(part(record, 'state1')) ?? text(part(record, 'region')),
    city: name(part(record, 'city')) ?? text(part(record, 'city')),
  })
}

/** In English; a record without has names in another language, or none. */
function name(named: unknown): string | undefined {
  const names = part(named, 'names')
  return text(part(names, 'en')) ?? (isObject(names) ? Object.values(names).map(text).find(Boolean) : undefined)
}

function part(whole: unknown, key: string | number): unknown {
  return isObject(whole) ? Reflect.get(whole, key) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Flat files have empty text where they know nothing. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
