const DAY = 86_400_000

/** The expiry rounded up to a whole day, so that its index is written once a day however often the expiry slides. */
export function purgeAfter(expiresAt: number): number {
  return Math.ceil(expiresAt / DAY) * DAY
}
