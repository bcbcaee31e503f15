import { type Locale, pluralText } from './locale.js'

/** What a page can say after an action. A closed set: the page's address carries the code, never a text. */
export type PageMessageCode = 'ended' | 'ended-others' | 'not-found' | 'current'

/** What happened, and to how many sessions. */
export interface Outcome {
  readonly code: PageMessageCode
  readonly n?: number
}

/** A message as a page shows it. */
export interface PageMessage {
  readonly code: PageMessageCode
  readonly kind: 'success' | 'error'
  readonly text: string
}

const CODES: readonly PageMessageCode[] = ['ended', 'ended-others', 'not-found', 'current']

/** An outcome as a query, for the address that the browser is sent to after a form. */
export function outcomeQuery(outcome: Outcome): string {
  const query = new URLSearchParams({ message: outcome.code })
  if (outcome.n !== undefined) query.set('n', String(outcome.n))
  return query.toString()
}

/** The outcome in an address; undefined when it names none of ours. */
export function readOutcome(query: URLSearchParams): Outcome | undefined {
  const code = CODES.find((known) => known === query.get('message'))
  if (code === undefined) return undefined
  const n = query.get('n') ?? ''
  return /^(0|[1-9]\d{0,5})$/.test(n) ? { code, n: Number(n) } : { code }
}

/** What to say of an outcome. */
export function pageMessages(outcome: Outcome | undefined, locale: Locale): PageMessage[] {
  if (outcome === undefined) return []
  const { code, n } = outcome
  const { messages } = locale
  switch (code) {
    case 'ended':
      return [{ code, kind: 'success', text: pluralText(messages.ended, n ?? 1, locale) }]
    case 'ended-others': {
      const counted = n === undefined ? [] : [pluralText(messages.loggedOut, n, locale)]
      return [messages.endedOthers, ...counted].map((text) => ({ code, kind: 'success', text }))
    }
    case 'not-found':
      return [{ code, kind: 'error', text: messages.notFound }]
    case 'current':
      return [{ code, kind: 'error', text: messages.endCurrent }]
  }
}
