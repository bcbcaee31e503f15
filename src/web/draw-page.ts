import { drawAddress, drawCell, drawDocument, drawFacts, drawForm, drawStatus, drawTime } from './draw.js'
import { drawEnded } from './draw-ended.js'
import { type Html, html, raw } from './html.js'
import { icon } from './icons.js'
import type { PageSlots, Slot } from './page-options.js'
import type { PageSession, PageView } from './page-view.js'

/** The built-in sessions page. */
export function drawPage(view: PageView, slots: PageSlots = {}): Html {
  const title = filled(slots.title, view) || view.text.title
  const body = html`${raw(filled(slots.header, view))}<main>
<h1>${title}</h1>
<p class="intro">${view.text.intro}</p>
${drawStatus(view.messages)}
<div class="card">${view.sessions.length === 0 ? html`<p class="empty">${view.text.noSessions}</p>` : drawTable(view, title)}</div>
${drawAll(view)}
${drawEnded(view)}
</main>${raw(filled(slots.footer, view))}`
  return drawDocument({
    lang: view.lang,
    direction: view.text.direction,
    title,
    head: filled(slots.head, view),
    body,
  })
}

function filled(slot: Slot | undefined, view: PageView): string {
  return typeof slot === 'function' ? slot(view) : (slot ?? '')
}

/** The roles say again what the elements are: as cards on a phone, browsers no longer take them for a table. */
function drawTable(view: PageView, title: string): Html {
  const { text, trackActivity } = view
  const headings = [text.browser, ...(trackActivity ? [text.lastSeen] : []), text.startedAt, text.ipAddress]
  return html`<table role="table" aria-label="${title}">
<thead role="rowgroup"><tr role="row">${headings.map((heading) => html`<th role="columnheader" scope="col">${heading}</th>`)}<th role="columnheader" scope="col"><span class="heard">${text.actions}</span></th></tr></thead>
<tbody role="rowgroup">
${view.sessions.map((session) => drawRow(view, session))}</tbody>
</table>`
}

function drawRow(view: PageView, session: PageSession): Html {
  const { text } = view
  return html`<tr role="row"${session.isCurrent && html` class="current"`}>
<th role="rowheader" scope="row"><div class="what">${icon(session.kind)}<div title="${session.userAgent}"><div class="who"><span class="name"><bdi>${session.name ?? session.device}</bdi></span>${
    session.isCurrent && html` <span class="badge">${text.current}</span>`
  }</div>${session.name !== null && html`<span class="more"><bdi>${session.device}</bdi></span>`}${drawDetails(view, session)}</div></div></th>
${session.lastSeen && drawCell(text.lastSeen, drawTime(session.lastSeen, session.isOnline))}
${drawCell(text.startedAt, drawTime(session.startedAt))}
${drawCell(text.ipAddress, drawAddress(session.ip, session.location, text))}
<td role="cell">${drawForm(session.end, { name: session.endName })}</td>
</tr>
`
}

/** For those who have no pointer to hover with. */
function drawDetails({ text }: PageView, session: PageSession): Html {
  const { lastSeen, startedAt, ip, location, userAgent } = session
  return html`<details class="facts"><summary aria-label="${session.detailsName}">${text.details}</summary>${drawFacts([
    ...(lastSeen ? [{ label: text.lastSeen, value: lastSeen.exact }] : []),
    { label: text.startedAt, value: startedAt.exact },
    { label: text.ipAddress, value: ip },
    ...(location === null ? [] : [{ label: text.location, value: location }]),
    { label: text.userAgent, value: userAgent || text.unknown },
  ])}</details>`
}

function drawAll(view: PageView): Html {
  return view.endOthers
    ? html`<div class="all"><p>${view.text.signOutOthersHint}</p>${drawForm(view.endOthers, { danger: true })}</div>`
    : html`<div class="all">${drawForm(view.signOut)}</div>`
}
