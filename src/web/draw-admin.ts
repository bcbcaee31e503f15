import { placeText } from '../request/place-text.js'
import type { UserSession } from '../session.js'
import { type AdminView, adminQuery } from './admin-view.js'
import { cleanText } from './clean-text.js'
import { drawAddress, drawCell, drawDocument, drawForm, drawStatus, drawTime } from './draw.js'
import { type Html, html } from './html.js'
import type { PageForm } from './page-view.js'
import { showTime } from './show-time.js'

const TITLE = 'All sessions'
const HEADINGS = ['User', 'Created', 'Last seen', 'IP address', 'User agent']

/** The admin page. In English: it is for the people who run the app. */
export function drawAdmin(view: AdminView): Html {
  const body = html`<main>
<h1>${TITLE}</h1>
<p class="intro">Everybody's live sessions, newest first. Ending one signs that device out.</p>
${drawStatus(view.messages)}
<form class="search" role="search" method="get" action="${view.url}"><label for="q">User id or IP address</label><input id="q" name="q" type="search" autocomplete="off" spellcheck="false" maxlength="200" value="${view.query.text}"><button type="submit">Search</button></form>
<div class="card">${view.sessions.length === 0 ? html`<p class="empty">No sessions found.</p>` : drawTable(view)}</div>
${drawPages(view)}
</main>`
  return drawDocument({ lang: 'en', direction: 'ltr', title: TITLE, body })
}

function drawTable(view: AdminView): Html {
  return html`<table role="table" aria-label="${TITLE}">
<thead role="rowgroup"><tr role="row">${HEADINGS.map((heading) => html`<th role="columnheader" scope="col">${heading}</th>`)}<th role="columnheader" scope="col"><span class="heard">Actions</span></th></tr></thead>
<tbody role="rowgroup">
${view.sessions.map((session) => drawRow(view, session))}</tbody>
</table>`
}

function drawRow(view: AdminView, session: UserSession<unknown>): Html {
  const user = String(session.user)
  const shown = cleanText(user, 200)
  const { messages, tag } = view.locale
  const location = cleanText(placeText(session.place, tag) ?? '', 200) || null
  const [created, lastSeen] = [session.createdAt, session.lastSeenAt].map((at) => showTime(at, view.now, view.locale))
  return html`<tr role="row">
<th role="rowheader" scope="row"><span class="name"><bdi>${shown}</bdi></span></th>
${created && drawCell('Created', drawTime(created))}
${lastSeen && drawCell('Last seen', drawTime(lastSeen))}
${drawCell('IP address', drawAddress(cleanText(session.ip ?? '', 64) || 'Unknown', location, messages))}
${drawCell('User agent', html`<span class="agent"><bdi>${cleanText(session.userAgent ?? '') || 'Unknown'}</bdi></span>`)}
<td role="cell">${drawForm(endForm(view, user, session.id), { name: `End session of ${shown}`, danger: true })}</td>
</tr>
`
}

function endForm(view: AdminView, user: string, id: string): PageForm {
  const fields = [
    { name: 'user', value: user },
    { name: 'session', value: id },
  ]
  return { action: address(view.url, adminQuery(view.query)), method: 'post', fields, label: 'End session' }
}

function drawPages(view: AdminView): Html | undefined {
  const last = view.sessions.at(-1)
  if (!view.hasMore || last === undefined) return undefined
  const next = adminQuery({ ...view.query, after: last.id })
  return html`<nav class="pages" aria-label="Pages"><a rel="next" href="${address(view.url, next)}">Older sessions →</a></nav>`
}

function address(url: string, query: URLSearchParams): string {
  return query.size === 0 ? url : `${url}?${query}`
}
