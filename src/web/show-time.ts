import type { Locale } from './locale.js'

/** A time as a page shows it. */
export interface ShownTime {
  /** ISO 8601, for `<time datetime>`. */
  readonly iso: string
  /** In full and in UTC, for a tooltip. */
  readonly exact: string
  /** Seen from now: `2 hours ago`. */
  readonly relative: string
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

interface Formats {
  readonly exact: Intl.DateTimeFormat
  readonly relative: Intl.RelativeTimeFormat
}

// Making these costs far more than using them, and a page with a thousand sessions words thousands of times.
const FORMATS = new WeakMap<Locale, Formats>()

/**
 * Words a time for people. A time to come is `just now`: it comes from a clock ahead of ours.
 *
 * @param now unix milliseconds
 */
export function showTime(at: Date, now: number, locale: Locale): ShownTime {
  const { exact } = formatsOf(locale)
  return { iso: at.toISOString(), exact: exact.format(at), relative: relative(now - at.getTime(), locale) }
}

function relative(ago: number, locale: Locale): string {
  const seconds = Math.floor(ago / 1000)
  for (const [unit, length] of UNITS) {
    if (seconds >= length) {
      return formatsOf(locale).relative.format(-Math.floor(seconds / length), unit)
    }
  }
  return locale.messages.justNow
}

function formatsOf(locale: Locale): Formats {
  const known = FORMATS.get(locale)
  if (known) return known
  const formats: Formats = {
    exact: new Intl.DateTimeFormat(locale.tag, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' }),
    relative: new Intl.RelativeTimeFormat(locale.tag),
  }
  FORMATS.set(locale, formats)
  return formats
}
