import { expect, test } from 'vitest'
import { startApp } from './app.js'
import { Browser } from './browser.js'

test('two browsers sign in, each sees two sessions, one ends the other, and the other is signed out', async () => {
  await using app = await startApp()
  const [one, two] = [new Browser(app.url), new Browser(app.url)]
  await one.signIn('ada')
  await two.signIn('ada')
  const listed = await app.sessions.user('ada').list()
  expect(listed).toHaveLength(2)
  expect((await one.json('/me')).status).toBe(200)
  expect((await two.json('/me')).status).toBe(200)

  expect((await one.post('/accounts/sessions/')).status).toBe(303)
  expect(await two.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'other-session' } })
  expect((await one.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})
