import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAYLOADS } from '../unit/web/payloads.js'
import { launchChromium, Window } from './chromium.js'
import { Demo } from './demo.js'
import { PASSWORD, Person } from './people.js'

let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium?.close())

/** A header carries bytes: what is beyond Latin-1 goes as UTF-8. Control characters no client can send. */
const HEADERS = PAYLOADS.filter((payload) => !/[\p{Cc}\p{Cs}]/u.test(payload)).map((payload) => {
  const isLatin1 = [...payload].every((character) => character <= '\u00ff')
  return isLatin1 ? payload : Buffer.from(payload, 'utf8').toString('latin1')
})

test('what an attacker writes into a user agent runs nothing, breaks no policy and hides nobody, on either page', async () => {
  expect(HEADERS.length).toBeGreaterThanOrEqual(40)
  await using demo = await Demo.start()
  await using window = await Window.open(chromium)
  await window.signUp(demo.url, 'ada@example.com', PASSWORD)
  for (const header of HEADERS) {
    const { status } = await new Person(demo.url, { 'user-agent': header }).logIn('ada@example.com')
    expect(status).toBe(303)
  }
  const { page } = window
  for (const path of ['/accounts/sessions/', '/admin/sessions/']) {
    await page.goto(demo.url + path)
    const shown = Math.min(HEADERS.length + 1, path.startsWith('/admin') ? 50 : Number.POSITIVE_INFINITY)
    expect(await window.listed()).toBe(shown)
    for (const element of await page.locator('tbody tr').all()) await element.hover()
    expect(await page.locator('script, iframe, img, object, embed, base, tbody a, tbody h1').count()).toBe(0)
    expect(page.url()).toBe(demo.url + path)
  }
  expect(window.complaints).toEqual([])
})

test('the check above sees it when a policy is broken', async () => {
  await using demo = await Demo.start()
  await using window = await Window.open(chromium)
  await window.signUp(demo.url, 'ada@example.com', PASSWORD)
  await window.page.evaluate(
    'document.body.insertAdjacentHTML("beforeend", "<img src=//example.invalid/x onerror=alert(1)>")',
  )
  await expect.poll(() => window.complaints.filter((one) => one.startsWith('policy: ')).length).toBeGreaterThan(0)
})
