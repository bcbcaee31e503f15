import Bowser from 'bowser'
import { LRUCache } from 'lru-cache'
import type { Device } from '../session.js'
import { BROWSER_NAMES } from './browser-names.js'
import { type ClientHints, parseClientHints } from './client-hints.js'
import { APPS, BOTS, type DeviceRule, PLACES, type PlaceRule, PROGRAMS } from './device-rules.js'

/** In UTF-16 units: as long as a recorded user agent can be. Bounds the work on anything longer. */
const MOST_READ = 1024

const UNKNOWN: Device = Object.freeze({
  label: 'Unknown device',
  browser: null,
  version: null,
  os: null,
  kind: 'unknown',
})

/** The readable form of a user agent and what `readClientHints` wrote, for example `Chrome on Windows 11`. */
export type DeviceDescriber = (userAgent: string | null, hints?: string | null) => Device

/**
 * Makes a function that says in plain words what a user agent is, more narrowly with what its client hints told. It never
 * throws, and takes every word of its answer from closed lists, never from the client. An iPad whose Safari asks for desktop
 * pages says it is a Mac, and so does the answer; so it is with Brave, which without hints says it is Chrome.
 *
 * @param options `max`: how many answers are kept in memory. Default is 1,000.
 */
export function createDeviceDescriber(options: { readonly max?: number } = {}): DeviceDescriber {
  const known = new LRUCache<string, Device>({ max: options.max ?? 1000 })
  return (userAgent, hints = null) => {
    if (typeof userAgent !== 'string') return UNKNOWN
    const text = userAgent.slice(0, MOST_READ)
    const hinted = typeof hints === 'string' ? hints.slice(0, MOST_READ) : ''
    // The length in front, so that no two pairs have one key.
    const key = `${hinted.length}\n${hinted}${text}`
    const found = known.get(key)
    if (found !== undefined) return found
    const device = Object.freeze(describe(text, parseClientHints(hinted)))
    known.set(key, device)
    return device
  }
}

function describe(text: string, hints: ClientHints): Device {
  const nobody = described(PROGRAMS, text, 'program') ?? described(BOTS, text, 'bot')
  if (nobody !== null) return nobody
  const parser = parse(text)
  const place = refined(PLACES.find((rule) => rule.test.test(text)) ?? placeOf(parser), hints)
  if (isNamelessApp(text, place)) return withPlace('App', null, null, place)
  const app = APPS.find((rule) => rule.test.test(text))
  if (app !== undefined) return withPlace(app.name, app.name, versionIn(app, text), place)
  const browser = place?.fixed === true ? null : (BROWSER_NAMES.get(parser?.getBrowserName() ?? '') ?? null)
  const version = browser === null ? null : leadingNumber(parser?.getBrowserVersion() ?? '')
  const shown = hints.browser !== null && passesFor(browser, hints.browser) ? hints.browser : browser
  return withPlace(shown, shown, version, place)
}

function described(rules: readonly DeviceRule[], text: string, kind: Device['kind']): Device | null {
  const rule = rules.find(({ test }) => test.test(text))
  return rule === undefined ? null : { label: rule.name, browser: null, version: versionIn(rule, text), os: null, kind }
}

function versionIn(rule: DeviceRule, text: string): number | null {
  if (rule.version !== undefined) return leadingNumber(rule.version.exec(text)?.[1] ?? '')
  const found = rule.test.exec(text)
  return found === null ? null : leadingNumber(text.slice(found.index + found[0].length).replace(/^[ /\]]?v?/, ''))
}

function leadingNumber(text: string): number | null {
  const digits = /^\d{1,5}(?!\d)/.exec(text)
  return digits === null ? null : Number(digits[0])
}

/** A browser that its user agent does not name calls itself Chrome there; Opera GX calls itself Opera. */
function passesFor(browser: string | null, hinted: string): boolean {
  return browser === 'Chrome' || (browser === 'Opera' && hinted === 'Opera GX')
}

/** Hints make a place narrower: `Windows` is `Windows 11`, `Android` a Pixel 8. They never move it to another system. */
function refined(place: PlaceRule | null, hints: ClientHints): PlaceRule | null {
  if (place?.os === 'Windows' && place.name === 'Windows' && hints.os !== null) {
    return { ...place, name: hints.os, os: hints.os }
  }
  if (place?.os !== 'Android' || place.kind === 'tv') return place
  return { ...place, name: hints.model ?? place.name, kind: hints.kind ?? place.kind }
}

/** Apps that show pages in the system's web view, or fetch with the system's library, under a name we do not know. */
function isNamelessApp(text: string, place: PlaceRule | null): boolean {
  if (APPS.some((rule) => rule.test.test(text))) return false
  if (/; wv\)|\belectron\//i.test(text)) return true
  if (place === null || place.fixed === true) return false
  if (!text.startsWith('Mozilla/') && !/^opera\//i.test(text)) return true
  const apple = place.os === 'iOS' || place.os === 'iPadOS' || place.os === 'macOS'
  return apple && /applewebkit\//i.test(text) && !/safari\//i.test(text)
}

function withPlace(
  subject: string | null,
  browser: string | null,
  version: number | null,
  place: PlaceRule | null,
): Device {
  const label =
    subject === null ? (place?.name ?? UNKNOWN.label) : place === null ? subject : `${subject} on ${place.name}`
  return { label, browser, version, os: place?.os ?? null, kind: place?.kind ?? 'unknown' }
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
