import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example, type ExampleEnv } from './example.js'

const HTML = { accept: 'text/html' }

/** What examples may do in their own way; what is not given is as the most do it. */
export interface StoryOptions {
  /** Told apart from another story of the same example. */
  readonly title?: string
  readonly env?: ExampleEnv
  /** Where a form with a name and a password is posted, and where who is nobody is led. Default is `/login`. */
  readonly login?: string
  /** Signs a browser in; default is to post `ada` and her password to `login`. */
  readonly signIn?: (browser: Browser) => Promise<Response>
  /** A page for who is signed in; others are led to the login page. Default is `/`. */
  readonly home?: string
  /** Default is `/accounts/sessions/`. */
  readonly page?: string
  /** Default is `/api/auth/sessions`. */
  readonly api?: string
  /** Whether the login page still says why, once another answer has cleared the dead cookie. Default is true. */
  readonly tellsWhy?: boolean
  /** How the process ends on SIGTERM: with a code, or null by the signal itself. Default is 0. */
  readonly exit?: number | null
}

type Told = Required<Omit<StoryOptions, 'title' | 'env'>>

/**
 * What every example must tell: two browsers sign in, each sees both with its own first, one ends the other, the other is
 * nobody, the first goes on; the API says the same; and a slow request of the ended one brings nothing back.
 */
export function story(name: string, { title = name, env = {}, ...options }: StoryOptions = {}): void {
  const login = options.login ?? '/login'
  const ada = { user: 'ada', password: 'correct horse', next: '/' }
  const told: Told = {
    login,
    signIn: (browser) => browser.post(login, ada),
    home: '/',
    page: '/accounts/sessions/',
    api: '/api/auth/sessions',
    tellsWhy: true,
    exit: 0,
    ...options,
  }
  test(`two browsers sign in to the example, one ends the other, and it stays ended: ${title}`, async () => {
    const data = await mkdtemp(join(tmpdir(), 'usersessions-example-'))
    try {
      await using example = await Example.start(name, { DATA_DIR: data, ...env })
      await twoBrowsers(example, told)
      expect(await example.stop()).toBe(told.exit)
    } finally {
      await rm(data, { recursive: true })
    }
  })
}

async function twoBrowsers({ url }: Example, told: Told): Promise<void> {
  const [one, two] = [new Browser(url), new Browser(url)]
  await isNobody(one, told)
  for (const browser of [one, two]) expect((await told.signIn(browser)).status).toBe(303)
  const [mine, others] = [await listed(one, told), await listed(two, told)]
  expect([...mine].reverse()).toEqual(others)
  const page = await (await one.get(told.page)).text()
  for (const id of mine.slice(1)) expect(page).toContain(id)

  const slow = await slowPost(url + told.page, two)
  const [, ended = ''] = mine
  expect((await one.post(told.page, { session: ended })).headers.get('location')).toContain('n=1')
  await slow.finish()

  await isNobody(two, told)
  const loginPage = await (await two.get(told.login, HTML)).text()
  if (told.tellsWhy) expect(loginPage).toContain('signed out')
  expect((await one.get(told.home, HTML)).status).toBe(200)
  expect(await listed(one, told)).toEqual(mine.slice(0, 1))

  await told.signIn(two)
  const [, again = ''] = await listed(one, told)
  expect((await one.json(told.api, 'DELETE', { sessions: [again] })).status).toBe(200)
  await isNobody(two, told)
  expect(await listed(one, told)).toEqual(mine.slice(0, 1))
}

/** The ids that the API has for a browser, its own first. */
async function listed(browser: Browser, { api }: Told): Promise<string[]> {
  const { status, body } = await browser.json(api)
  expect(status).toBe(200)
  const data: unknown = Reflect.get(Object(body), 'data')
  const sessions = Array.isArray(data) ? data.map((one: { id: string; is_current: boolean }) => one) : []
  expect(sessions.map(({ is_current }) => is_current)).toEqual(sessions.map((_, index) => index === 0))
  return sessions.map(({ id }) => id)
}

async function isNobody(browser: Browser, { api, page, home, login }: Told): Promise<void> {
  expect((await browser.json(api)).status).toBe(401)
  for (const path of [home, page]) {
    const { status, headers } = await browser.get(path, HTML)
    expect([path, status, headers.get('location')?.startsWith(login)]).toEqual([
      path,
      expect.toBeOneOf([302, 303, 307]),
      true,
    ])
  }
}

/**
 * Posts “sign out all others”, and stops before its body: the server is at it once it has said that it wants one.
 * Whatever it comes to, it must neither end anything nor bring its own session back.
 */
async function slowPost(url: string, { cookies }: Browser): Promise<{ finish(): Promise<void> }> {
  const body = 'next='
  const request = httpRequest(url, {
    method: 'POST',
    headers: {
      cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
      expect: '100-continue',
    },
  })
  request.flushHeaders()
  await once(request, 'continue')
  return {
    async finish() {
      const answered = once(request, 'response')
      request.end(body)
      const [response] = await answered
      response.resume()
      await once(response, 'end')
    },
  }
}
