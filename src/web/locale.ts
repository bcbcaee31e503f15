import { en } from './locales/en.js'
import type { MessageCatalogues, Messages, PluralText } from './messages.js'

/** A language to draw a page in. */
export interface Locale {
  /** For `lang` and for dates and numbers: the reader's own tag (`en-GB`) where its language (`en`) has a catalogue. */
  readonly tag: string
  readonly messages: Messages
}

const MAX_HEADER = 500
const TAG = /^[a-z]{2,3}(-[a-z]{4})?(-[a-z]{2}|-\d{3})?$/i

/**
 * Makes what chooses a language by `Accept-Language` (RFC 9110, section 12.5.4).
 *
 * @throws TypeError when a language tag of the catalogues is none
 */
export function createLocales(catalogues: MessageCatalogues = {}): (acceptLanguage: string | null) => Locale {
  const known = new Map<string, Messages>([['en', en]])
  // Languages before their regions, which build on them.
  const byLength = Object.entries(catalogues).sort(([a], [b]) => a.length - b.length)
  for (const [tag, messages] of byLength) {
    if (!TAG.test(tag)) throw new TypeError(`messages: "${tag}" is not a language tag; use one like "fr" or "pt-BR".`)
    known.set(tag.toLowerCase(), { ...en, ...known.get(languageOf(tag)), ...messages })
  }
  const english: Locale = { tag: 'en', messages: known.get('en') ?? en }
  return (header) => {
    for (const tag of preferred(header ?? '')) {
      const messages = known.get(tag.toLowerCase()) ?? known.get(languageOf(tag))
      if (messages) return { tag: Intl.getCanonicalLocales(tag)[0] ?? tag, messages }
    }
    return english
  }
}

/** The text for this number in this language. */
export function pluralText(text: PluralText, n: number, locale: Locale): string {
  const rule = new Intl.PluralRules(locale.tag).select(n)
  return (text[rule] ?? text.other).replaceAll('{n}', new Intl.NumberFormat(locale.tag).format(n))
}

function languageOf(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? ''
}

function preferred(header: string): string[] {
  return header
    .slice(0, MAX_HEADER)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => /^q=/i.test(parameter))
      return { tag, quality: quality === undefined ? 1 : Number(quality.slice(2)) }
    })
    .filter(({ tag, quality }) => TAG.test(tag) && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}
