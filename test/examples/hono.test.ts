import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const ADA = { user: 'ada', password: 'correct horse' }

story('hono')

test('two browsers sign in to the Hono example, one ends the other and its event stream, and it stops in order', async () => {
  await using example = await Example.start('hono')
  const [one, two] = [new Browser(example.url), new Browser(example.url)]
  expect((await one.get('/accounts/sessions/')).headers.get('location')).toBe('/login?next=%2Faccounts%2Fsessions%2F')
  expect((await one.post('/login', { ...ADA, password: 'wrong' })).status).toBe(401)
  const next = '/accounts/sessions/'
  expect((await one.post('/login', { ...ADA, next })).headers.get('location')).toBe(next)
  expect((await two.post('/login', { ...ADA, next: '//evil.example' })).headers.get('location')).toBe('/')
  expect((await one.json('/api/auth/sessions')).body).toMatchObject({
    data: [{ is_current: true, ip: '127.0.0.1' }, {}],
  })

  const events = two.get('/events')
  expect((await one.post('/accounts/sessions/')).headers.get('location')).toContain('n=1')
  expect(await (await events).text()).toContain('event: session-ended\ndata: other-session')
  expect((await two.get('/')).headers.get('location')).toBe('/login')
  expect(await (await two.get('/login')).text()).toContain('You were signed out')
  expect(await (await two.get('/login')).text()).not.toContain('You were signed out')
  expect((await one.get('/')).status).toBe(200)

  await one.post('/logout')
  expect((await one.json('/api/auth/sessions')).status).toBe(401)
  expect(await example.stop()).toBe(0)
})
