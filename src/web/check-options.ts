import { checkNames } from '../checks.js'
import type { ApiOptions } from './api.js'
import type { ClearSiteDataType } from './headers.js'
import { en } from './locales/en.js'
import type { PageOptions } from './page-options.js'

const PAGE_OPTIONS: Record<keyof PageOptions, true> = {
  slots: true,
  render: true,
  messages: true,
  csp: true,
  clearSiteData: true,
}
const SLOTS = ['head', 'header', 'footer', 'title']
const SITE_DATA: readonly ClearSiteDataType[] = ['cache', 'cookies', 'storage', 'executionContexts']
/** Content Security Policy Level 3, section 2.3: a name; `;` would begin another directive, `,` another policy. */
const DIRECTIVE = /^[a-z]+(-[a-z]+)*$/
const SOURCE = /^[^;,\r\n]+$/

/**
 * Checks the options of `us.page`.
 *
 * @throws UserSessionsError `option_unknown`
 * @throws TypeError for an option of another type
 */
export function checkPageOptions(options: PageOptions): void {
  checkNames(options, Object.keys(PAGE_OPTIONS), 'us.page')
  const { slots, render, messages, csp, clearSiteData } = options
  if (slots !== undefined) checkSlots(slots)
  if (render !== undefined && typeof render !== 'function') {
    throw new TypeError('us.page: `render` must be a function that returns the page as HTML or a Response.')
  }
  if (messages !== undefined) checkMessages(messages)
  if (csp !== undefined) checkPolicy(csp)
  checkSiteData(clearSiteData, 'us.page')
}

/**
 * Checks the options of `us.api`.
 *
 * @throws UserSessionsError `option_unknown`
 * @throws TypeError for an option of another type
 */
export function checkApiOptions(options: ApiOptions): void {
  checkNames(options, ['clearSiteData'], 'us.api')
  checkSiteData(options.clearSiteData, 'us.api')
}

function checkSlots(slots: object): void {
  checkNames(slots, SLOTS, 'us.page slots')
  for (const [name, slot] of Object.entries(slots)) {
    if (slot === undefined || typeof slot === 'string' || typeof slot === 'function') continue
    throw new TypeError(`us.page: \`slots.${name}\` must be text or a function that returns text, not ${typeof slot}.`)
  }
}

function checkMessages(catalogues: object): void {
  if (typeof catalogues !== 'object' || catalogues === null) {
    throw new TypeError("us.page: `messages` must hold texts by language tag: { fr: { title: '…' } }.")
  }
  for (const [tag, texts] of Object.entries(catalogues)) {
    checkNames(texts, Object.keys(en), `us.page messages.${tag}`)
    for (const [name, text] of Object.entries(texts)) {
      if (text === undefined || isText(text, Reflect.get(en, name))) continue
      const wanted = typeof Reflect.get(en, name) === 'string' ? 'text' : "{ other: '…' }, by plural category"
      throw new TypeError(`us.page: \`messages.${tag}.${name}\` must be ${wanted}.`)
    }
  }
}

/** Of the kind that English has there: plain, or by plural category. */
function isText(text: unknown, english: unknown): boolean {
  if (typeof english === 'string') return typeof text === 'string'
  return typeof text === 'object' && text !== null && 'other' in text && typeof text.other === 'string'
}

function checkPolicy(csp: object): void {
  if (typeof csp !== 'object' || csp === null) throw new TypeError('us.page: `csp` must hold sources by directive.')
  for (const [name, sources] of Object.entries(csp)) {
    if (!DIRECTIVE.test(name)) {
      throw new TypeError(`us.page: \`csp\` has no directive '${name}'; they are written like 'style-src'.`)
    }
    if (Array.isArray(sources) && sources.every((one) => typeof one === 'string' && SOURCE.test(one))) continue
    throw new TypeError(`us.page: \`csp['${name}']\` must be an array with one source in each text: ["'self'"].`)
  }
}

function checkSiteData(types: unknown, where: string): void {
  if (types === undefined) return
  if (Array.isArray(types) && types.every((type) => SITE_DATA.includes(type))) return
  throw new TypeError(`${where}: \`clearSiteData\` must be an array of ${SITE_DATA.join(', ')}.`)
}
