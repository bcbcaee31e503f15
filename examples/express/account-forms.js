import { html } from './html.js'
import { sendPage } from './layout.js'

export function sendSignUp(res, { next, email, problem, status }) {
  const body = html`${bad(problem)}
<form class="card" method="post" action="/accounts/signup/">
${hidden('next', next)}
${field('Email', { name: 'email', type: 'email', value: email, autocomplete: 'email' })}
${field('Password, at least 8 characters', { name: 'password', type: 'password', autocomplete: 'new-password' })}
${submit('Sign up')}
</form>
<p class="quiet">Have an account? <a href="/accounts/login/">Log in</a></p>`
  sendPage(res, { title: 'Sign up', body, status })
}

export function sendLogin(res, { next, login, problem, status }) {
  const body = html`${bad(problem)}
<form class="card" method="post" action="/accounts/login/">
${hidden('next', next)}
${field('Email', { name: 'login', type: 'email', value: login, autocomplete: 'username' })}
${field('Password', { name: 'password', type: 'password', autocomplete: 'current-password' })}
${submit('Log in')}
</form>
<p class="quiet">New here? <a href="/accounts/signup/">Sign up</a></p>`
  sendPage(res, { title: 'Log in', body, status })
}

export function sendPasswordChange(res, { problem, done, status } = {}) {
  const body = html`${bad(problem)}
${done && html`<p class="message good" role="status">Your password is changed.</p>`}
<form class="card" method="post" action="/accounts/password/change/">
${field('Current password', { name: 'oldpassword', type: 'password', autocomplete: 'current-password' })}
${field('New password, at least 8 characters', { name: 'password1', type: 'password', autocomplete: 'new-password' })}
${field('New password again', { name: 'password2', type: 'password', autocomplete: 'new-password' })}
<label class="tick"><input type="checkbox" name="end_others" value="1" checked> Sign out my other sessions</label>
${submit('Change password')}
</form>`
  sendPage(res, { title: 'Change password', body, status })
}

export function sendLogout(res) {
  const body = html`<form class="card" method="post" action="/accounts/logout/">
<p>This ends the session on this device only.</p>
${submit('Log out')}
</form>`
  sendPage(res, { title: 'Log out', body })
}

function field(label, { name, type, value, autocomplete }) {
  return html`<label class="field">${label}
<input name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" maxlength="250" required></label>`
}

function hidden(name, value) {
  return value && html`<input type="hidden" name="${name}" value="${value}">`
}

function submit(label) {
  return html`<button class="button" type="submit">${label}</button>`
}

function bad(problem) {
  return problem && html`<p class="message bad" role="alert">${problem}</p>`
}
