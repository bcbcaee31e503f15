import type { Device } from '../session.js'
import { browserOfBrands, isHintWord, modelName, windowsName } from './hint-words.js'
import { memoise } from './memoise.js'
import type { RequestSource } from './source.js'
import { structuredStrings } from './structured-strings.js'

/** What to ask browsers for, as the value of an `Accept-CH` header. */
export const ACCEPT_CH =
  'Sec-CH-UA-Model, Sec-CH-UA-Platform-Version, Sec-CH-UA-Full-Version-List, Sec-CH-UA-Form-Factors'

/** What client hints tell of a device beyond its user agent; each word is from a closed list. */
export interface ClientHints {
  /** Of those that pass for another in their user agent. */
  readonly browser: string | null
  /** `Windows 11`: user agents stop at 10. */
  readonly os: string | null
  readonly model: string | null
  readonly kind: Device['kind'] | null
}

/** In UTF-16 units, of each header. The longest list seen has 160; six of these are still remembered. */
const MOST_READ = 256

const NONE: ClientHints = Object.freeze({ browser: null, os: null, model: null, kind: null })

/** Between the headers; no header can have it inside. */
const BETWEEN = '\n'

/**
 * What the client hints of a request tell beyond its user agent: JSON of at most 200 characters, `{}` when it is
 * nothing. Null when none of the hints in {@link ACCEPT_CH} came: those that browsers send unasked tell nothing new. Equal
 * headers get the very same string. Never throws.
 */
export function readClientHints(source: RequestSource): string | null {
  const model = source.header('sec-ch-ua-model')
  const platformVersion = source.header('sec-ch-ua-platform-version')
  const versions = source.header('sec-ch-ua-full-version-list')
  const forms = source.header('sec-ch-ua-form-factors')
  if (![model, platformVersion, versions, forms].some((header) => typeof header === 'string')) return null
  // Both lists name the same brands; Opera on Android sends the longer one empty.
  const brands = typeof versions === 'string' && versions !== '' ? versions : source.header('sec-ch-ua')
  const platform = source.header('sec-ch-ua-platform')
  const mobile = source.header('sec-ch-ua-mobile')
  // Joined at once, since this is on each request: put together piece by piece it takes twice as long.
  return toText(
    [part(brands), part(platform), part(mobile), part(model), part(platformVersion), part(forms)].join(BETWEEN),
  )
}

/** A header that is no text, or longer than any browser's, says nothing. */
function part(header: unknown): string {
  return typeof header === 'string' && header.length <= MOST_READ ? header : ''
}

const toText = memoise((headers) => {
  const [brands = '', platform = '', mobile = '', model = '', platformVersion = '', forms = ''] = headers.split(BETWEEN)
  const windows = only(platform) === 'Windows' ? windowsName(only(platformVersion)) : null
  const known = modelName(only(model))
  const browser = browserOfBrands(structuredStrings(brands))
  const kind = kindOf(structuredStrings(forms), only(platform), mobile) ?? (known?.tablet === true ? 'tablet' : null)
  const hints: Partial<Record<keyof ClientHints, string>> = {
    ...(browser !== null && { browser }),
    ...(windows !== null && { os: windows }),
    ...(known !== null && { model: known.name }),
    ...(kind !== null && { kind }),
  }
  return JSON.stringify(hints)
})

/** The one string of a header that is no list: two of it, as of a header sent twice, are none. */
function only(header: string): string {
  const strings = structuredStrings(header)
  return strings.length === 1 ? (strings[0] ?? '') : ''
}

/** The user agent tells phones from the rest, and what is no Android by its system. */
function kindOf(forms: readonly string[], platform: string, mobile: string): Device['kind'] | null {
  if (forms.includes('Desktop')) return platform === 'Android' ? 'desktop' : null
  if (forms.includes('Tablet')) return 'tablet'
  return forms.includes('Mobile') && mobile !== '?1' ? 'mobile' : null
}

/** Reads what {@link readClientHints} wrote. What it could not have written, wherever it is from, is as if absent. */
export function parseClientHints(text: string | null): ClientHints {
  if (text === null || text.length > 200) return NONE
  const told = parsed(text)
  const word = (name: 'browser' | 'os' | 'model'): string | null => {
    const value: unknown = told[name]
    return typeof value === 'string' && isHintWord[name](value) ? value : null
  }
  const kind = KINDS.find((one) => one === told.kind) ?? null
  return { browser: word('browser'), os: word('os'), model: word('model'), kind }
}

const KINDS: readonly Device['kind'][] = ['desktop', 'mobile', 'tablet']

function parsed(text: string): { readonly [name in keyof ClientHints]?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
