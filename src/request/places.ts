import { LRUCache } from 'lru-cache'
import { invalid } from '../checks.js'
import { forLog } from '../errors.js'
import type { Logger, Place } from '../session.js'
import { cleanPlace } from './clean-place.js'
import { type Maxmind, openMmdb } from './open-mmdb.js'
import { parseIp } from './parse-ip.js'
import { reach } from './reach.js'

/** What tells where an address is, from memory and at once: a list asks it for each of its sessions. */
export interface PlaceSource {
  locate(ip: string): Place | null
}

/** The path of an .mmdb file, or a {@link PlaceSource}. */
export type PlacesOption = string | PlaceSource

/** Where addresses are. */
export interface Places {
  /** Synchronous, and throws nothing; null when it is not known. */
  readonly locate: (ip: string | null) => Place | null
}

/** So many answers are kept, for an hour: what the app asks may learn of a newer file. */
const KEPT = { max: 1000, ttl: 3_600_000 }

/**
 * Opens the option `places`. Without it, nothing is known of any place.
 *
 * @throws UserSessionsError `option_invalid`, `peer_missing`, `places_unreadable`
 */
export async function openPlaces(
  option: PlacesOption | undefined,
  logger: Logger,
  load?: () => Promise<Maxmind>,
): Promise<Places> {
  if (option === undefined) return { locate: () => null }
  return toPlaces(typeof option === 'string' && option !== '' ? await openMmdb(option, load) : checked(option), logger)
}

function checked(option: unknown): PlaceSource {
  if (isSource(option)) return option
  throw invalid('places', "the path of an .mmdb file or an object with a function 'locate'", option)
}

function isSource(option: unknown): option is PlaceSource {
  return typeof option === 'object' && option !== null && 'locate' in option && typeof option.locate === 'function'
}

function toPlaces(source: PlaceSource, logger: Logger): Places {
  const known = new LRUCache<string, { readonly place: Place | null }>(KEPT)
  const ask = asking(source, logger)
  return {
    locate(text) {
      if (text === null) return null
      const found = known.get(text)
      if (found) return found.place
      const ip = parseIp(text)
      const place = ip === null || reach(ip) !== 'public' ? null : ask(ip)
      if (place !== undefined) known.set(text, { place })
      return place ?? null
    },
  }
}

/** A source that fails costs places, and neither a list nor a request. It says so once: it will fail often. */
function asking(source: PlaceSource, logger: Logger): (ip: string) => Place | null | undefined {
  let isTold = false
  return (ip) => {
    try {
      const claimed: unknown = source.locate(ip)
      if (!(claimed instanceof Promise)) return cleanPlace(claimed)
      claimed.catch(() => {})
      throw new TypeError('places.locate must answer at once, and not with a promise.')
    } catch (error) {
      if (!isTold) tell(logger, error)
      isTold = true
      return undefined
    }
  }
}

function tell(logger: Logger, error: unknown): void {
  try {
    logger.error('usersessions: could not tell where an address is; further failures are not logged', forLog(error))
  } catch {}
}
