import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

story('better-auth', {
  tellsWhy: false,
  async signIn(browser) {
    const signedIn = await browser.post('/login', { ...ADA, next: '/' })
    return signedIn.status === 303 ? signedIn : browser.post('/sign-up', { ...ADA, next: '/' })
  },
})

test('two browsers sign in to the Better Auth example, one ends the other, and it stops in order', async () => {
  await using example = await Example.start('better-auth')
  const [one, two] = [new Browser(example.url), new Browser(example.url)]
  expect((await one.get('/accounts/sessions/')).headers.get('location')).toBe('/login?next=%2Faccounts%2Fsessions%2F')
  expect((await one.post('/login', ADA)).status).toBe(401)
  const next = '/accounts/sessions/'
  expect((await one.post('/sign-up', { ...ADA, next })).headers.get('location')).toBe(next)
  expect((await two.post('/login', { ...ADA, next: '//evil.example' })).headers.get('location')).toBe('/')
  const { body } = await one.json('/api/auth/sessions')
  expect(body).toMatchObject({ data: [{ is_current: true, ip: '127.0.0.1' }, {}] })
  expect(await (await one.get('/accounts/sessions/')).text()).toContain('127.0.0.1')

  expect((await one.post('/accounts/sessions/')).headers.get('location')).toContain('n=1')
  expect((await two.get('/')).headers.get('location')).toBe('/login')
  expect((await two.json('/api/auth/get-session')).body).toBeNull()
  expect((await one.get('/')).status).toBe(200)
  expect((await one.json('/api/auth/list-sessions')).body).toHaveLength(1)

  await one.post('/logout')
  expect((await one.json('/api/auth/sessions')).status).toBe(401)
  expect(await example.stop()).toBe(0)
})
