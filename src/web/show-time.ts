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

/**
 * Words a time for people. A time to come is `just now`: it comes from a clock ahead of ours.
 *
 * @param now unix milliseconds
 */
export function showTime(at: Date, now: number, locale: Locale): ShownTime {
  const exact = new Intl.DateTimeFormat(locale.tag, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' })
  return { iso: at.toISOString(), exact: exact.format(at), relative: relative(now - at.getTime(), locale) }
}

function relative(ago: number, locale: Locale): string {
  const seconds = Math.floor(ago / 1000)
  for (const [unit, length] of UNITS) {
    if (seconds >= length) {
      return new Intl.RelativeTimeFormat(locale.tag).format(-Math.floor(seconds / length), unit)
    }
  }
  return locale.messages.justNow
}
