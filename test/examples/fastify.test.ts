import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const ADA = { user: 'ada', password: 'correct horse' }

story('fastify')

test('the Fastify example takes the right password alone, leads back to where one came from, and signs out', async () => {
  await using example = await Example.start('fastify')
  const browser = new Browser(example.url)
  const next = '/accounts/sessions/'
  expect((await browser.get(next)).headers.get('location')).toBe(`/login?next=${encodeURIComponent(next)}`)
  expect((await browser.post('/login', { ...ADA, password: 'wrong' })).status).toBe(401)
  expect((await browser.post('/login', { ...ADA, next })).headers.get('location')).toBe(next)
  const lured = { ...ADA, next: '//evil.example' }
  expect((await new Browser(example.url).post('/login', lured)).headers.get('location')).toBe('/')
  await browser.post('/logout')
  expect((await browser.json('/api/auth/sessions')).status).toBe(401)
})
