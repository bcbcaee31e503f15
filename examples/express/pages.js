import { html } from './html.js'
import { sendPage } from './layout.js'

export function sendHome(res, { isAdmin }) {
  const { user } = res.locals
  const body = user
    ? html`<p>You are signed in as <strong>${user.email}</strong>.</p>
<p>Sign in here from a second browser, or a private window. Then look at
<a href="/accounts/sessions/">your sessions</a> and end one from the other.</p>
<p class="actions"><a class="button" href="/accounts/sessions/">Your sessions</a>
${isAdmin && html`<a href="/admin/sessions/">Everybody's sessions</a>`}
<a href="/api/auth/sessions">The same as JSON</a></p>`
    : html`<p>An Express app on express-session. With <strong>usersessions</strong>, its users see everywhere they are signed
in, and end any session.</p>
<p class="actions"><a class="button" href="/accounts/signup/">Sign up</a> <a href="/accounts/login/">Log in</a></p>
<p class="quiet">Any address will do: nothing is sent.</p>`
  sendPage(res, { title: user ? 'Welcome' : 'See where you are signed in', body })
}

export function sendOutbox(res, mails) {
  const list = mails.map(
    (mail) => html`<article class="card wide">
<strong>${mail.subject}</strong>
<div class="quiet">To ${mail.to.map(({ address }) => address).join(', ')} on <time datetime="${mail.at.toISOString()}">${mail.at.toUTCString()}</time></div>
<pre>${mail.text}</pre>
</article>`,
  )
  const body = html`<p>Security mails that this app would have sent to you. One comes when a session goes on from another browser
or address: change the user agent in your browser's developer tools, and come back here.</p>
${mails.length > 0 ? list : html`<p class="quiet">Nothing yet.</p>`}`
  sendPage(res, { title: 'Outbox', body })
}

export function sendProblem(res, status) {
  const problems = {
    404: 'There is no such page.',
    413: 'That was too much at once.',
    500: 'Something went wrong here.',
  }
  const body = html`<p>${problems[status] ?? 'This request could not be understood.'}</p>
<p><a href="/">Back to the start</a></p>`
  sendPage(res, { title: status < 500 ? 'Sorry' : 'Our fault', body, status })
}
