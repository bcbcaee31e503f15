import { decodeJwt, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const ADA = { user: 'ada', password: 'correct horse' }
const PAGE = '/accounts/sessions/'
const HTML = { accept: 'text/html' }
const JWT_SECRET = 'a secret of at least 32 characters, for the tokens'

const field = (body: unknown, name: string) => String(Reflect.get(Object(body), name))
const withToken = (url: string, token: string) => new Browser(url, { authorization: `Bearer ${token}` })

async function signInPhone(url: string) {
  const { status, body } = await new Browser(url, { 'user-agent': 'okhttp/4.12.0' }).json('/auth/login', 'POST', ADA)
  expect(status).toBe(200)
  return { access: field(body, 'access_token'), refresh: field(body, 'refresh_token') }
}

story('jwt', { login: '/auth/login' })

test('a browser with cookies and a phone with bearer tokens sign in, each sees both, and one ends the other', async () => {
  await using example = await Example.start('jwt')
  const browser = new Browser(example.url)
  expect((await browser.get('/', HTML)).headers.get('location')).toBe('/auth/login?next=%2F')
  expect((await browser.post('/auth/login', { ...ADA, password: 'wrong' })).status).toBe(401)
  const next = { next: '//evil.example' }
  const signedIn = await browser.post('/auth/login', { ...ADA, ...next })
  expect(signedIn.headers.get('location')).toBe('/')
  expect(signedIn.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^access=.+; Max-Age=300; Path=\/; .*HttpOnly; SameSite=Lax$/),
    expect.stringMatching(/^refresh=.+; Max-Age=2592000; Path=\/auth; .*HttpOnly; SameSite=Lax$/),
  ])
  const phone = await signInPhone(example.url)
  const both = { data: [{ is_current: true }, { is_current: false }] }
  expect((await browser.json('/api/auth/sessions')).body).toMatchObject(both)
  expect((await withToken(example.url, phone.access).json('/api/auth/sessions')).body).toMatchObject(both)

  expect((await browser.post(PAGE)).headers.get('location')).toContain('n=1')
  for (const token of [phone.access, phone.refresh]) {
    expect((await withToken(example.url, token).get('/api/me')).status).toBe(401)
  }
  expect((await withToken(example.url, phone.refresh).request('/auth/refresh', { method: 'POST' })).status).toBe(401)
  expect((await browser.json('/api/me')).body).toEqual({ user: 'ada' })
  expect(await example.stop()).toBe(0)
})

test('a browser whose session was ended elsewhere is led to the login page, which says why, once', async () => {
  await using example = await Example.start('jwt')
  const [one, two] = [new Browser(example.url), new Browser(example.url)]
  for (const browser of [one, two]) await browser.post('/auth/login', ADA)
  await one.post(PAGE)
  const refused = await two.get('/', HTML)
  expect([refused.status, refused.headers.get('location')]).toEqual([302, '/auth/login?next=%2F'])
  const told = await two.get('/auth/login')
  expect(await told.text()).toContain('signed out from another of your devices')
  expect(told.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^access=; Path=\/; Expires=/),
    expect.stringMatching(/^refresh=; Path=\/auth; Expires=/),
  ])
  expect(await (await two.get('/auth/login')).text()).not.toContain('signed out')
  expect(two.cookies.size).toBe(0)
})

test('access tokens change every five minutes, and the session stays the same', async () => {
  await using example = await Example.start('jwt')
  const before = await signInPhone(example.url)
  const refreshed = await withToken(example.url, before.refresh).json('/auth/refresh', 'POST')
  expect(refreshed.body).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  const [old, fresh] = [before.access, field(refreshed.body, 'access_token')].map((token) => decodeJwt(token))
  expect(fresh?.sid).toBe(old?.sid)
  expect(Number(fresh?.exp) - Number(fresh?.iat)).toBe(300)

  const browser = new Browser(example.url)
  await browser.post('/auth/login', ADA)
  browser.cookies.delete('access') // as browsers do after five minutes
  const led = await browser.get(PAGE, HTML)
  expect(led.headers.get('location')).toBe(`/auth/login?next=${encodeURIComponent(PAGE)}`)
  expect((await browser.get(String(led.headers.get('location')))).headers.get('location')).toBe(PAGE)
  expect((await browser.get(PAGE)).status).toBe(200)
  expect((await browser.json('/api/auth/sessions')).body).toMatchObject({ data: [{ is_current: true }, {}] })
})

test('a token that has run out, is for another use, or was signed by somebody else, is no token', async () => {
  await using example = await Example.start('jwt', { JWT_SECRET })
  const { access, refresh } = await signInPhone(example.url)
  const { sid, sub } = decodeJwt(access)
  const forged = (secret: string, exp: number) =>
    new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256', typ: 'access+jwt' })
      .setSubject(String(sub))
      .setExpirationTime(exp)
      .sign(new TextEncoder().encode(secret))
  const now = Math.floor(Date.now() / 1000)
  const bad = [refresh, await forged(JWT_SECRET, now - 10), await forged(`${JWT_SECRET}!`, now + 60)]
  for (const token of bad) expect((await withToken(example.url, token).get('/api/me')).status).toBe(401)
  expect((await withToken(example.url, await forged(JWT_SECRET, now + 60)).get('/api/me')).status).toBe(200)
  expect((await withToken(example.url, access).request('/auth/refresh', { method: 'POST' })).status).toBe(401)
})

test('a logout ends the session for both of its tokens, in a browser and on a phone', async () => {
  await using example = await Example.start('jwt')
  const browser = new Browser(example.url)
  await browser.post('/auth/login', ADA)
  const kept = String(browser.cookies.get('access'))
  expect((await browser.post('/auth/logout')).headers.get('location')).toBe('/auth/login')
  expect(browser.cookies.size).toBe(0)
  expect((await withToken(example.url, kept).get('/api/me')).status).toBe(401)

  const phone = await signInPhone(example.url)
  expect((await withToken(example.url, phone.refresh).request('/auth/logout', { method: 'POST' })).status).toBe(204)
  expect((await withToken(example.url, phone.access).get('/api/me')).status).toBe(401)
})

test('signing in again in the same browser leaves no session behind', async () => {
  await using example = await Example.start('jwt')
  const browser = new Browser(example.url)
  for (let round = 0; round < 2; round++) expect((await browser.post('/auth/login', ADA)).status).toBe(303)
  expect((await browser.json('/api/auth/sessions')).body).toMatchObject({ data: [{ is_current: true }] })
})
