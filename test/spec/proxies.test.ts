import { expect, test } from 'vitest'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'

test.each([
  false,
  true,
])('a proxy that the app was not told of is noticed within 20 visits, and said once (trackActivity: %j)', async (trackActivity) => {
  const log = keptLog()
  await using app = await startApp({ sessions: { logger: log, trackActivity } })
  const ada = new Browser(app.url, { 'x-forwarded-for': '203.0.113.7' })
  await ada.signIn('ada')
  for (let n = 0; n < 19; n++) await ada.get('/me')
  expect(log.lines).toEqual([])
  for (let n = 0; n < 10; n++) await ada.get('/me')
  expect(log.lines).toEqual([expect.stringMatching(/20 visits came from 127\.0\.0\.1 .*trustedProxies: 1/)])
})

test('an app that knows its proxies hears nothing, and neither does one that is used directly', async () => {
  const log = keptLog()
  for (const trustedProxies of [1, 0]) {
    await using app = await startApp({ sessions: { logger: log, trustedProxies } })
    const ada = new Browser(app.url, trustedProxies === 1 ? { 'x-forwarded-for': '203.0.113.7' } : {})
    await ada.signIn('ada')
    for (let n = 0; n < 220; n++) await ada.get('/me')
  }
  expect(log.lines).toEqual([])
})

test('an app that trusts proxies and is never reached through one hears of it, once', async () => {
  const log = keptLog()
  await using app = await startApp({ sessions: { logger: log, trustedProxies: 1 } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  for (let n = 0; n < 220; n++) await ada.get('/me')
  expect(log.lines).toEqual([expect.stringMatching(/none of the first 200 visits had the header X-Forwarded-For/)])
})

test('visits of nobody in particular, such as health checks, prove nothing', async () => {
  const log = keptLog()
  await using app = await startApp({ sessions: { logger: log } })
  const probe = new Browser(app.url, { 'x-forwarded-for': '203.0.113.7' })
  for (let n = 0; n < 40; n++) await probe.get('/me')
  expect(log.lines).toEqual([])
})
