import { drawFacts, drawTime } from './draw.js'
import type { EndedSessionView } from './ended-view.js'
import { type Html, html } from './html.js'
import { icon } from './icons.js'
import { pluralText } from './locale.js'
import type { PageView } from './page-view.js'

/** So many are seen at once; the others behind one more click. */
const SHOWN = 5

/** The sessions that ended lately, below the live ones; nothing when there are none. */
export function drawEnded(view: PageView): Html | undefined {
  const { text, ended, isHistoryKnown } = view
  if (!isHistoryKnown) return html`<p class="quiet">${text.historyUnavailable}</p>`
  if (ended.length === 0) return undefined
  return html`<section class="ended" aria-labelledby="recently-ended">
<h2 id="recently-ended">${text.recentlyEnded}</h2>
<p class="intro">${text.recentlyEndedHint}</p>
${drawList(view, ended.slice(0, SHOWN))}${drawRest(view, ended.slice(SHOWN))}
</section>`
}

function drawRest(view: PageView, rest: readonly EndedSessionView[]): Html | undefined {
  if (rest.length === 0) return undefined
  const label = pluralText(view.text.showMore, rest.length, { tag: view.lang, messages: view.text })
  return html`
<details class="rest"><summary>${label}</summary>
${drawList(view, rest)}</details>`
}

/** The role says again what the element is: without bullets, Safari no longer takes it for a list. */
function drawList(view: PageView, ended: readonly EndedSessionView[]): Html {
  return html`<ul role="list" class="past">
${ended.map((session) => drawOne(view, session))}</ul>`
}

function drawOne({ text }: PageView, session: EndedSessionView): Html {
  const by = session.by !== null && html` (<bdi>${session.by}</bdi>)`
  return html`<li><details><summary>${icon(session.kind)}<span class="name"><bdi>${session.name ?? session.device}</bdi></span> <span class="end"><span class="why">${session.reasonText}${by}</span> ${drawTime(session.endedAt)}</span></summary>
${drawFacts([
  ...(session.name === null ? [] : [{ label: text.browser, value: session.device }]),
  { label: text.startedAt, value: session.startedAt.exact },
  { label: text.endedAt, value: session.endedAt.exact },
  { label: text.ipAddress, value: session.ip },
  ...(session.location === null ? [] : [{ label: text.location, value: session.location }]),
  { label: text.userAgent, value: session.userAgent },
])}</details></li>
`
}
