const encode = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)

const html = (title, body) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem">
<h1>${title}</h1>${body}</body></html>`

export function page(user) {
  return html(
    'Open connections',
    `<p>Signed in as ${encode(user)}. The socket is <output id="socket" role="status">connecting</output>.</p>
    <p>Sign in in another browser, and end this session from <a href="/accounts/sessions/">your sessions</a> there.</p>
    <script src="/client.js"></script>`,
  )
}

export function signInForm(next, wasEnded) {
  return html(
    'Sign in',
    `${wasEnded ? '<p>You were signed out.</p>' : ''}<form method="post" action="/login">
    <input type="hidden" name="next" value="${encode(next ?? '/')}">
    <p><label>Name <input name="user" autocomplete="username" required></label></p>
    <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
    <p><button>Sign in</button></p></form>`,
  )
}
