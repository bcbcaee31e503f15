import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchChromium, Window } from './chromium.js'
import { Demo } from './demo.js'
import { PASSWORD } from './people.js'

let chromium: Browser
let demo: Demo
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium?.close())
beforeEach(async () => {
  demo = await Demo.start()
})
afterEach(() => demo[Symbol.asyncDispose]())

const EMAIL = 'ada@example.com'
const SESSIONS = '/accounts/sessions/'
const LOGIN = `/accounts/login/?next=${encodeURIComponent(SESSIONS)}`

test('two browsers sign in, each sees two sessions, one ends the other, whose next click lands on the login page; a third shows up', async () => {
  await using one = await Window.open(chromium)
  await using two = await Window.open(chromium)
  await one.signUp(demo.url, EMAIL, PASSWORD)
  await two.logIn(demo.url, EMAIL, PASSWORD)
  for (const { page } of [one, two]) {
    await page.goto(demo.url + SESSIONS)
    expect(await page.locator('tbody tr').count()).toBe(2)
    expect(await page.locator('tr.current').count()).toBe(1)
  }

  await one.page.locator('tbody tr:not(.current)').getByRole('button').click()
  expect(await one.page.getByRole('status').textContent()).toContain('Session ended successfully.')
  expect(await one.listed()).toBe(1)

  await two.page.getByRole('link', { name: 'Sessions' }).click()
  expect(two.page.url()).toBe(demo.url + LOGIN)
  expect(await two.page.getByRole('alert').textContent()).toContain('signed out from another')

  // The way back leads where they wanted to go.
  await two.page.getByLabel('Email').fill(EMAIL)
  await two.page.getByLabel('Password').fill(PASSWORD)
  await two.page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  expect(two.page.url()).toBe(demo.url + SESSIONS)

  await using three = await Window.open(chromium)
  await three.logIn(demo.url, EMAIL, PASSWORD)
  await one.page.reload()
  expect(await one.listed()).toBe(3)
  for (const window of [one, two, three]) expect(window.complaints).toEqual([])
})

test('one button ends all others and tells how many; then it offers to sign out here', async () => {
  await using one = await Window.open(chromium)
  await using two = await Window.open(chromium)
  await using three = await Window.open(chromium)
  await one.signUp(demo.url, EMAIL, PASSWORD)
  for (const window of [two, three]) await window.logIn(demo.url, EMAIL, PASSWORD)
  await one.page.goto(demo.url + SESSIONS)
  await one.page.getByRole('button', { name: 'Sign Out Other Sessions' }).click()
  const status = await one.page.getByRole('status').textContent()
  expect(status).toContain('Signed out of all other sessions.')
  expect(status).toContain('Logged out 2 other sessions.')
  for (const { page } of [two, three]) {
    await page.getByRole('link', { name: 'Sessions' }).click()
    expect(page.url()).toBe(demo.url + LOGIN)
  }
  await one.page.getByRole('button', { name: 'Sign Out', exact: true }).click()
  await one.page.goto(demo.url + SESSIONS)
  expect(one.page.url()).toBe(demo.url + LOGIN)
  expect(one.complaints).toEqual([])
})

test('everything works without JavaScript', async () => {
  await using one = await Window.open(chromium, { javaScriptEnabled: false })
  await using two = await Window.open(chromium, { javaScriptEnabled: false })
  await one.signUp(demo.url, EMAIL, PASSWORD)
  await two.logIn(demo.url, EMAIL, PASSWORD)
  await one.page.goto(demo.url + SESSIONS)
  expect(await one.listed()).toBe(2)
  await one.page.locator('tbody tr:not(.current) button').click()
  expect(await one.page.getByRole('status').textContent()).toContain('Session ended successfully.')
  await two.page.goto(demo.url + SESSIONS)
  expect(two.page.url()).toBe(demo.url + LOGIN)
})

test('everything works by keyboard: Tab to a button that can be seen to be focused, Enter', async () => {
  await using one = await Window.open(chromium)
  await using two = await Window.open(chromium)
  await one.signUp(demo.url, EMAIL, PASSWORD)
  await two.logIn(demo.url, EMAIL, PASSWORD)
  const { page } = one
  await page.goto(demo.url + SESSIONS)
  const wanted = page.locator('tbody tr:not(.current) button')
  for (let tabs = 0; !(await wanted.evaluate((button) => button.matches(':focus-visible'))); tabs++) {
    expect(tabs).toBeLessThan(20)
    await page.keyboard.press('Tab')
  }
  expect(
    await wanted.evaluate((button) => button.ownerDocument.defaultView?.getComputedStyle(button).outlineStyle),
  ).toBe('solid')
  await Promise.all([page.waitForURL(/message=ended/), page.keyboard.press('Enter')])
  expect(await one.listed()).toBe(1)
})
