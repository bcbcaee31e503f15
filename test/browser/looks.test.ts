import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, Window } from './chromium.js'
import { Demo } from './demo.js'
import { PASSWORD, Person } from './people.js'

let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium?.close())

const PAGES = [
  '/accounts/sessions/',
  '/accounts/sessions/?message=ended-others&n=12',
  '/',
  '/outbox',
  '/accounts/password/change/',
  '/accounts/logout/',
  '/admin/sessions/',
  '/no/such/page',
]

const LONG_IP = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff'

test.each([
  320, 360, 768, 1280,
])('no page scrolls sideways at %i pixels, however long the addresses and user agents', async (width) => {
  await using demo = await Demo.start({ TRUSTED_HOPS: '1' })
  const viewport = { width, height: 800 }
  await using window = await Window.open(chromium, { viewport })
  await window.signUp(demo.url, `${'a'.repeat(60)}@example.com`, PASSWORD)
  const hostile = { 'user-agent': 'W'.repeat(500), 'x-forwarded-for': LONG_IP }
  await new Person(demo.url, hostile).logIn(`${'a'.repeat(60)}@example.com`)
  for (const path of PAGES) {
    await window.page.goto(demo.url + path)
    const overflow = await window.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect({ path, overflow }).toEqual({ path, overflow: 0 })
  }
  await window.page.goto(`${demo.url}/accounts/sessions/`)
  expect(await window.page.locator('td').getByText(LONG_IP).isVisible()).toBe(true)
})

test('the sessions page wears the app’s header, in light and in dark', async () => {
  await using demo = await Demo.start()
  const colours: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await using window = await Window.open(chromium, { colorScheme })
    await window.signUp(demo.url, `${colorScheme}@example.com`, PASSWORD)
    await window.page.goto(`${demo.url}/accounts/sessions/`)
    expect(await window.page.getByRole('banner').getByRole('link').count()).toBeGreaterThan(2)
    colours.push(
      String(await window.page.evaluate('getComputedStyle(document.querySelector("header")).backgroundColor')),
    )
    expect(window.complaints).toEqual([])
  }
  expect(new Set(colours).size).toBe(2)
})
