import { type Html, html, raw } from './html.js'
import type { Messages } from './messages.js'
import type { PageForm } from './page-view.js'
import type { ShownTime } from './show-time.js'
import { STYLE } from './style.js'

/** A whole document around a page's content. */
export function drawDocument(page: {
  lang: string
  direction: string
  title: string
  head?: string
  body: Html
}): Html {
  return html`<!doctype html>
<html lang="${page.lang}" dir="${page.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<style>${raw(STYLE)}</style>
${raw(page.head ?? '')}</head>
<body>
${page.body}
</body>
</html>
`
}

/** A form that is one button. */
export function drawForm(form: PageForm, button: { name?: string; danger?: boolean } = {}): Html {
  return html`<form method="${form.method}" action="${form.action}">${form.fields.map(
    ({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<button type="submit"${button.danger && html` class="danger"`}${
    button.name !== undefined && html` aria-label="${button.name}"`
  }>${form.label}</button></form>`
}

/** A time, with the exact one behind it. */
export function drawTime(time: ShownTime, online = false): Html {
  return html`<time datetime="${time.iso}" title="${time.exact}"${online && html` class="online"`}>${time.relative}</time>`
}

/** What is to be said after an action. Always in the document, so that it is a live region from the start. */
export function drawStatus(messages: readonly { kind: 'success' | 'error'; text: string }[]): Html {
  const kind = messages.some((message) => message.kind === 'error') ? 'error' : 'success'
  return html`<div role="status" class="status ${kind}">${messages.map(({ text }) => html`<p>${text}</p>`)}</div>`
}

/** A cell of a table, with the label it shows where there is no room for columns. */
export function drawCell(label: string, content: Html): Html {
  return html`<td role="cell"><span class="label" aria-hidden="true">${label}</span>${content}</td>`
}

/** An address, and below it where that is; nothing stands there when it is not known. */
export function drawAddress(ip: string, location: string | null, text: Messages): Html {
  const where =
    location !== null &&
    html`<span class="more"><bdi>${text.approximately.replaceAll('{place}', () => location)}</bdi></span>`
  return html`<span class="ip"><bdi>${ip}</bdi>${where}</span>`
}

/** What else is known of a session, as label and value. */
export function drawFacts(facts: readonly { readonly label: string; readonly value: string }[]): Html {
  return html`<dl>${facts.map(({ label, value }) => html`<dt>${label}</dt><dd><bdi>${value}</bdi></dd>`)}</dl>`
}
