import type { ClearSiteDataType, PolicyAdditions } from './headers.js'
import type { MessageCatalogues } from './messages.js'
import type { PageView } from './page-view.js'

/** Markup of the app's own: trusted HTML, or what makes it from the view. */
export type Slot = string | ((view: PageView) => string)

/** Places of the page that the app may fill. */
export interface PageSlots {
  /** Trusted HTML at the end of `<head>`. A stylesheet of yours needs `csp: { 'style-src': ["'self'"] }`. */
  readonly head?: Slot
  /** Trusted HTML above the page's own content. */
  readonly header?: Slot
  /** Trusted HTML below it. */
  readonly footer?: Slot
  /** Plain text for the title and the heading. Default is the catalogue's `title`. */
  readonly title?: Slot
}

/** How the sessions page looks and speaks. */
export interface PageOptions {
  /** The app's own markup around the page. Default is none. */
  readonly slots?: PageSlots
  /**
   * Draws the whole page with the app's own view engine. A string is sent as HTML with our headers, except that the
   * Content-Security-Policy then only fixes forms, base and framing. A `Response` keeps its own headers and gets ours where it
   * has none (but no Content-Security-Policy). Default is the built-in page.
   *
   * Strings in the view are cleaned but not escaped: leave that to the view engine.
   */
  readonly render?: (view: PageView) => string | Response | Promise<string | Response>
  /** Texts to change, and languages to add, by language tag. Default is English alone. */
  readonly messages?: MessageCatalogues
  /** Sources to add to the page's Content-Security-Policy, by directive. Default is none. */
  readonly csp?: PolicyAdditions
  /**
   * What the browser is told to forget when the page itself ends the current session. `cookies` clears those of the whole
   * registrable domain. Default is nothing.
   */
  readonly clearSiteData?: readonly ClearSiteDataType[]
}
