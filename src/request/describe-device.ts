import Bowser from 'bowser'
import { LRUCache } from 'lru-cache'
import type { Device } from '../session.js'
import { BROWSER_NAMES } from './browser-names.js'
import { APPS, BOTS, type DeviceRule, PLACES, type PlaceRule, PROGRAMS } from './device-rules.js'

/** In UTF-16 units: as long as a recorded user agent can be. Bounds the work on anything longer. */
const MOST_READ = 1024

const UNKNOWN: Device = Object.freeze({ label: 'Unknown device', browser: null, os: null, kind: 'unknown' })

/** The readable form of a user agent, for example `Chrome on Windows`. */
export type DeviceDescriber = (userAgent: string | null) => Device

/**
 * Makes a function that says in plain words what a user agent is. It never throws, and takes every word of its answer
 * from closed lists, never from the user agent. An iPad whose Safari asks for desktop pages says it is a Mac, and so
 * does the answer; so it is with Brave, which says it is Chrome.
 *
 * @param options `max`: how many answers are kept in memory. Default is 1,000.
 */
export function createDeviceDescriber(options: { readonly max?: number } = {}): DeviceDescriber {
  const known = new LRUCache<string, Device>({ max: options.max ?? 1000 })
  return (userAgent) => {
    if (typeof userAgent !== 'string') return UNKNOWN
    const text = userAgent.slice(0, MOST_READ)
    const found = known.get(text)
    if (found !== undefined) return found
    const device = Object.freeze(describe(text))
    known.set(text, device)
    return device
  }
}

function describe(text: string): Device {
  const program = named(PROGRAMS, text)
  if (program !== null) return { label: program, browser: null, os: null, kind: 'program' }
  const bot = named(BOTS, text)
  if (bot !== null) return { label: bot, browser: null, os: null, kind: 'bot' }
  const parser = parse(text)
  const place = PLACES.find((rule) => rule.test.test(text)) ?? placeOf(parser)
  if (isNamelessApp(text, place)) return withPlace('App', null, place)
  const app = named(APPS, text)
  const browser = app ?? (place?.fixed === true ? null : (BROWSER_NAMES.get(parser?.getBrowserName() ?? '') ?? null))
  return withPlace(browser, browser, place)
}

function named(rules: readonly DeviceRule[], text: string): string | null {
  return rules.find((rule) => rule.test.test(text))?.name ?? null
}

/** Apps that show pages in the system's web view, or fetch with the system's library, under a name we do not know. */
function isNamelessApp(text: string, place: PlaceRule | null): boolean {
  if (APPS.some((rule) => rule.test.test(text))) return false
  if (/; wv\)|\belectron\//i.test(text)) return true
  if (place === null) return false
  if (!text.startsWith('Mozilla/') && !/^opera\//i.test(text)) return true
  const apple = place.os === 'iOS' || place.os === 'iPadOS' || place.os === 'macOS'
  return apple && /applewebkit\//i.test(text) && !/safari\//i.test(text)
}

function withPlace(subject: string | null, browser: string | null, place: PlaceRule | null): Device {
  const label =
    subject === null ? (place?.name ?? UNKNOWN.label) : place === null ? subject : `${subject} on ${place.name}`
  return { label, browser, os: place?.os ?? null, kind: place?.kind ?? 'unknown' }
}

type Parser = ReturnType<typeof Bowser.getParser>

/** A fault of a parser must not cost anybody a sign-in. */
function parse(text: string): Parser | null {
  try {
    return Bowser.getParser(text)
  } catch {
    return null
  }
}

function placeOf(parser: Parser | null): PlaceRule | null {
  const name = parser?.getOSName() ?? ''
  if (name === '') return null
  const type = parser?.getPlatformType() ?? ''
  const kind = KINDS.find((one) => one === type) ?? 'unknown'
  return { test: /^/, name, os: name, kind }
}

const KINDS: readonly Device['kind'][] = ['desktop', 'mobile', 'tablet', 'tv']
