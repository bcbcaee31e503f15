import { html } from './html.js'

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const HEAD = html`<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/site.css">`

/** What the sessions page is dressed in, so that it looks like a page of this app (parity row 20). */
export const sessionsPageLooks = {
  slots: { head: String(HEAD), header: String(header(true)) },
  csp: { 'style-src': ["'self'"], 'img-src': ["'self'"] },
}

/** Sends a page of this app. */
export function sendPage(res, { title, body, status = 200 }) {
  const signedIn = res.locals.user !== undefined
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${HEAD}
</head>
<body class="site">
${header(signedIn)}
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  res
    .status(status)
    .set({ 'Cache-Control': 'no-store', 'Content-Security-Policy': POLICY })
    .type('html')
    .send(String(page))
}

function header(signedIn) {
  const links = signedIn
    ? html`<a href="/accounts/sessions/">Sessions</a>
<a href="/outbox">Outbox</a>
<a href="/accounts/password/change/">Password</a>
<form method="post" action="/accounts/logout/"><button type="submit">Log out</button></form>`
    : html`<a href="/accounts/login/">Log in</a>
<a href="/accounts/signup/">Sign up</a>`
  return html`<header class="site-header"><nav aria-label="Site">
<a class="site-brand" href="/">Demo</a>
${links}
</nav></header>`
}
