import { expect, test } from 'vitest'
import { startApp } from './app.js'
import { barrier } from './barrier.js'
import { Browser } from './browser.js'

test('a slow request whose session ends meanwhile can end nobody else’s', async () => {
  const [started, released] = [barrier(), barrier()]
  await using app = await startApp({
    routes: (express, us) =>
      express.post('/slow-end-others', async (request, response) => {
        started.open()
        await released.passed
        const ended = await us.of(request).endOthers()
        response.json({ ended: ended.length, user: us.of(request).user ?? null })
      }),
  })
  const [owner, thief] = [new Browser(app.url), new Browser(app.url)]
  await owner.signIn('ada')
  await thief.signIn('ada')
  const slow = thief.json('/slow-end-others', 'POST')
  await started.passed
  await owner.post('/accounts/sessions/')
  released.open()
  expect((await slow).body).toEqual({ ended: 0, user: null })
  expect((await owner.json('/me')).status).toBe(200)
})
