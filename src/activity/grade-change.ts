import { CHANGE_GRADES, type ChangeGrade, type ClientChange, type Device, type SeenClient } from '../session.js'

/** What is said of addresses and user agents. */
export interface ClientViews {
  readonly describe: (userAgent: string | null, hints: string | null) => Device
  /** The network an address belongs to. */
  readonly network: (ip: string | null) => string | null
  /** ISO 3166-1 alpha-2; null when it is not known. */
  readonly country: (ip: string | null) => string | null
}

const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })

/** Says in what two clients of one session differ, how grave that is, and tells it in plain words. */
export function gradeChange(from: SeenClient, to: SeenClient, views: ClientViews): ClientChange {
  const device = gradeDevice(from, to, views)
  const network = gradeNetwork(from, to, views)
  const grades = [device, network].flatMap((one) => (one ? [one.grade] : [])).sort(graverFirst)
  return {
    ip: from.ip !== to.ip,
    userAgent: from.userAgent !== to.userAgent,
    grade: grades[0] ?? 'browser-updated',
    grades,
    text: [device, network].flatMap((one) => (one ? [one.text] : [])).join(' '),
  }
}

/** A client as one short text: what it has in common with others that it could be taken for. */
export function identityOf({ ip, userAgent, hints }: SeenClient, { describe, network }: ClientViews): string {
  const { browser, os, kind, label, version } = describe(userAgent, hints)
  return JSON.stringify([network(ip), browser ?? productOf(userAgent), os, kind, label, version])
}

/** Whether a user agent is one of the same browser on the same system, of whatever version. */
export function isSameBrowser(a: string | null, b: string | null, { describe }: ClientViews): boolean {
  const [one, other] = [describe(a, null), describe(b, null)]
  return isSame(one, other) && nameOf(one, a) === nameOf(other, b)
}

interface Graded {
  readonly grade: ChangeGrade
  readonly text: string
}

function graverFirst(a: ChangeGrade, b: ChangeGrade): number {
  return CHANGE_GRADES.indexOf(a) - CHANGE_GRADES.indexOf(b)
}

function gradeDevice(from: SeenClient, to: SeenClient, { describe }: ClientViews): Graded | undefined {
  if (from.userAgent === to.userAgent && from.hints === to.hints) return undefined
  // What hints add on one side only is no difference.
  const hinted = from.hints !== null && to.hints !== null
  const before = describe(from.userAgent, hinted ? from.hints : null)
  const after = describe(to.userAgent, hinted ? to.hints : null)
  const text = `It is used from ${after.label} now; before, it was from ${before.label}.`
  if (before.os !== after.os) return { grade: 'operating-system-changed', text }
  const isOlder = before.version !== null && after.version !== null && after.version < before.version
  if (isOlder) return { grade: 'browser-changed', text: `It is used from an older ${after.label} now.` }
  if (isSame(before, after) && nameOf(before, from.userAgent) === nameOf(after, to.userAgent)) {
    return { grade: 'browser-updated', text: `${after.label} was updated.` }
  }
  return { grade: 'browser-changed', text }
}

function gradeNetwork(from: SeenClient, to: SeenClient, { network, country }: ClientViews): Graded | undefined {
  if (from.ip === to.ip) return undefined
  const [before, after] = [country(from.ip), country(to.ip)]
  if (before !== null && after !== null && before !== after) {
    const text = `It is used in ${COUNTRIES.of(after)} now; before, it was in ${COUNTRIES.of(before)}.`
    return { grade: 'new-country', text }
  }
  if (from.ip !== null && network(from.ip) === network(to.ip)) {
    return { grade: 'network-roamed', text: 'It moved to another address in the same network.' }
  }
  return { grade: 'new-network', text: 'It moved to another network.' }
}

function isSame(a: Device, b: Device): boolean {
  return a.browser === b.browser && a.os === b.os && a.kind === b.kind && a.label === b.label
}

/** Of programs that we do not know by name, what they call themselves. */
function nameOf({ browser, kind }: Device, userAgent: string | null): string {
  return browser ?? (kind === 'unknown' ? productOf(userAgent) : kind)
}

function productOf(userAgent: string | null): string {
  return (userAgent ?? '').split(/[\s/]/, 1)[0] ?? ''
}
