import { beforeEach, describe, expect, it } from 'vitest'
import { UserSessionsError } from '../../../src/errors.js'
import { createPage } from '../../../src/web/page.js'
import type { PageOptions } from '../../../src/web/page-options.js'
import type { WebOptions } from '../../../src/web/web-context.js'
import { answered, call, FakeSessions, form, id, MINUTE, NOW, OPTIONS, session } from './fake-sessions.js'

let sessions: FakeSessions

async function ask(path = '/sessions/', init: RequestInit = {}, options: Partial<WebOptions & PageOptions> = {}) {
  const response = answered(await createPage({ ...OPTIONS, ...options })(call(sessions, path, init)))
  return {
    status: response.status,
    headers: response.headers,
    location: response.headers.get('location'),
    text: await response.text(),
  }
}

/** Posts a form and follows it back to the page. */
async function act(...fields: [string, string][]) {
  const posted = await ask('/sessions/', form(fields))
  expect(posted.status).toBe(303)
  const back = new URL(posted.location ?? '', 'https://app.example')
  expect(back.pathname).toBe('/accounts/sessions/')
  return { location: posted.location, text: (await ask(`/sessions/${back.search}`)).text }
}

function buttons(text: string): string[] {
  return [...text.matchAll(/<button[^>]*>([^<]*)<\/button>/g)].map(([, label = '']) => label)
}

/** What the page says after an action. */
function said(text: string): string[] {
  const status = /<div role="status"[^>]*>(.*?)<\/div>/s.exec(text)?.[1] ?? ''
  return [...status.matchAll(/<p[^>]*>([^<]*)<\/p>/g)].map(([, message = '']) => message)
}

beforeEach(() => {
  sessions = new FakeSessions(
    session(1, { lastSeenAt: new Date(NOW - 5000) }),
    session(2, { ip: '198.51.100.23', userAgent: 'Firefox/9', name: 'Kitchen' }),
    session(3, { lastSeenAt: new Date(NOW - 10 * MINUTE) }),
    session(4, { ip: null, userAgent: null }),
  )
})

describe('the page (parity row 4)', () => {
  it('sends who is not signed in to sign in, and from there back to itself', async () => {
    sessions.user = undefined
    expect(await ask()).toMatchObject({ status: 302, location: '/login?next=%2Faccounts%2Fsessions%2F' })
    const posted = await ask('/sessions/', form())
    expect([posted.status, sessions.done]).toEqual([302, []])
  })

  it.each([
    ['/login?tenant=a', '/login?tenant=a&next=%2Faccounts%2Fsessions%2F'],
    ['/login?', '/login?next=%2Faccounts%2Fsessions%2F'],
    ['/login#top', '/login?next=%2Faccounts%2Fsessions%2F#top'],
    ['https://id.example/in?a=b#c', 'https://id.example/in?a=b&next=%2Faccounts%2Fsessions%2F#c'],
  ])('puts next where it belongs in %s', async (loginUrl, expected) => {
    sessions.user = undefined
    expect((await ask('/sessions/', {}, { loginUrl })).location).toBe(expected)
  })

  it('never names another site as next, however it is mounted', async () => {
    sessions.user = undefined
    const foreign = { ...call(sessions, '/sessions/'), base: '//evil.example' }
    const response = answered(await createPage(OPTIONS)(foreign))
    expect(response.headers.get('location')).toBe('/login?next=%2Fsessions%2F')
  })

  it('shows when each session started, its IP address and browser, and this one as current', async () => {
    const { status, text } = await ask()
    expect(status).toBe(200)
    for (const column of ['Started at', 'IP address', 'Browser', 'Last seen']) expect(text).toContain(`>${column}</th>`)
    expect(text).toContain('198.51.100.23')
    expect(text).toContain('<bdi>Kitchen</bdi>')
    expect(text).toContain('title="Firefox/9"')
    expect(text.match(/>Current</g)).toHaveLength(1)
    expect(text.indexOf('>Current<')).toBeLessThan(text.indexOf('Kitchen'))
  })

  it('shows last seen only when activity is tracked', async () => {
    expect((await ask()).text).toContain('online now')
    const { text } = await ask('/sessions/', {}, { trackActivity: false })
    expect(text).not.toMatch(/Last seen|online now|10 minutes ago/)
  })

  it('keeps the order of the list', async () => {
    const { text } = await ask()
    const order = [...text.matchAll(/name="session" value="([^"]*)"/g)].map(([, value]) => value)
    expect(order).toEqual([id(2), id(3), id(4)])
  })

  it('redirects to its slash and keeps the query', async () => {
    expect(await ask('/sessions?message=current')).toMatchObject({
      status: 301,
      location: '/accounts/sessions/?message=current',
    })
    expect(await ask('/sessions', form())).toMatchObject({ status: 308, location: '/accounts/sessions/' })
  })

  it.each([
    '/',
    '/sessions/x.css',
    '/sessions//',
    '/sessions/;x.css',
    '/sessions/%2e',
    '/sessionsx',
    '/Sessions/',
  ])('leaves %s to the app, so that no cache takes the page for a file', async (path) => {
    expect(await createPage(OPTIONS)(call(sessions, path))).toBeUndefined()
  })

  it.each(['/sessions', '/sessions/'])('says what is allowed at %s', async (path) => {
    const { status, headers } = await ask(path, { method: 'DELETE' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })

  it('answers HEAD with the headers alone', async () => {
    const [head, get] = [await ask('/sessions/', { method: 'HEAD' }), await ask()]
    expect([head.status, head.text]).toEqual([200, ''])
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
  })
})

describe('ending one (parity row 9)', () => {
  it('ends it and says so', async () => {
    const { location, text } = await act(['session', id(2)])
    expect(location).toBe('/accounts/sessions/?message=ended&n=1')
    expect(said(text)).toEqual(['Session ended successfully.'])
    expect(sessions.done).toEqual([`ended ${id(2)}`])
  })

  it('ends several and says how many', async () => {
    const { text } = await act(['session', id(2)], ['session', id(3)], ['session', id(4)])
    expect(said(text)).toEqual(['3 sessions ended successfully.'])
  })

  it('answers a foreign and an unknown id byte for byte alike, and ends none', async () => {
    const foreign = await act(['session', id(2)], ['session', id(77)])
    expect(said(foreign.text)).toEqual(['Session not found.'])
    expect(await act(['session', 'nothing'])).toEqual(foreign)
    expect(await act(['session', ''])).toEqual(foreign)
    expect(sessions.done).toEqual([])
  })

  it('refuses the current one, and then ends none', async () => {
    const { text } = await act(['session', id(2)], ['session', id(1)])
    expect(said(text)).toEqual(['Cannot end your current session. Use logout instead.'])
    expect(sessions.done).toEqual([])
  })

  it('says not found when it ended in the meantime', async () => {
    sessions.end = async () => []
    expect(said((await act(['session', id(2)])).text)).toEqual(['Session not found.'])
  })

  it('offers on the current row to sign out, by the way of the app', async () => {
    const { text } = await ask()
    const row = /<tr[^>]*class="current".*?<\/tr>/s.exec(text)?.[0] ?? ''
    expect(row).toContain('<form method="post" action="/logout">')
    expect(buttons(row)).toEqual(['Sign out'])
  })

  it('signs out by itself where the app has no logout', async () => {
    const options = { logoutUrl: undefined, clearSiteData: ['storage'] } as const
    const row = /<tr[^>]*class="current".*?<\/tr>/s.exec((await ask('/sessions/', {}, options)).text)?.[0] ?? ''
    expect(row).toContain('<input type="hidden" name="action" value="sign-out">')
    const done = await ask('/sessions/', form([['action', 'sign-out']]), options)
    expect([done.status, done.location, done.headers.get('clear-site-data')]).toEqual([303, '/login', '"storage"'])
    expect(sessions.done).toEqual(['signed out'])
  })
})

describe('ending all others (parity row 10)', () => {
  it('says how many it really ended', async () => {
    const { text } = await act()
    expect(said(text)).toEqual(['Signed out of all other sessions.', 'Logged out 3 other sessions.'])
    expect(sessions.live.map((one) => one.id)).toEqual([id(1)])
  })

  it('says one in the singular', async () => {
    sessions.live = sessions.live.slice(0, 2)
    expect(said((await act()).text)[1]).toBe('Logged out 1 other session.')
  })

  it('has a button while there are others, and then one that signs out', async () => {
    expect(buttons((await ask()).text).at(-1)).toBe('Sign Out Other Sessions')
    const { text } = await act()
    expect(buttons(text)).toEqual(['Sign out', 'Sign Out'])
    expect(text.match(/action="\/logout"/g)).toHaveLength(2)
  })

  it.each([
    [['action', 'end']],
    [['action', '']],
    [
      ['action', 'sign-out'],
      ['session', id(2)],
    ],
    Array(101).fill(['session', id(2)]),
  ] as [string, string][][])('is not what a form means that is none of the page: %j', async (...fields) => {
    expect((await ask('/sessions/', form(fields))).status).toBe(400)
    expect(sessions.done).toEqual([])
  })

  it('takes a POST without any body, as a program sends it', async () => {
    expect((await ask('/sessions/', { method: 'POST' })).location).toBe('/accounts/sessions/?message=ended-others&n=3')
  })
})

describe('what the address may make the page say', () => {
  it.each([
    ['message=ended&n=3', ['3 sessions ended successfully.']],
    ['message=ended', ['Session ended successfully.']],
    ['message=ended&n=-1', ['Session ended successfully.']],
    ['message=ended&n=1e9', ['Session ended successfully.']],
    ['message=ended-others&n=<b>', ['Signed out of all other sessions.']],
    ['message=ended-others&n=1234', ['Signed out of all other sessions.', 'Logged out 1,234 other sessions.']],
    ['message=constructor', []],
    ['message=Call+0900+1234', []],
    ['n=3', []],
  ])('is a closed set: %s', async (query, expected) => {
    expect(said((await ask(`/sessions/?${query}`)).text)).toEqual(expected)
  })
})

describe('a request that is refused', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'null' }],
    [{ origin: 'https://evil.example', 'x-http-method-override': 'GET' }],
  ])('is refused from another site: %j', async (headers) => {
    expect((await ask('/sessions/', { method: 'POST', headers })).status).toBe(403)
    expect(sessions.done).toEqual([])
  })

  it('is refused when it is too large, or no form', async () => {
    expect((await ask('/sessions/', form([['session', 'x'.repeat(16 * 1024)]]))).status).toBe(413)
    const init = { method: 'POST', body: '{"session":"x"}', headers: { 'content-type': 'application/json' } }
    expect((await ask('/sessions/', init)).status).toBe(415)
    expect(sessions.done).toEqual([])
  })

  it('is told to come back when the storage cannot be reached', async () => {
    sessions.endOthers = async () => {
      throw new UserSessionsError('storage_unavailable', 'gone')
    }
    expect(await ask('/sessions/', form())).toMatchObject({ status: 503 })
  })

  it('never changes anything by GET', async () => {
    await ask(`/sessions/?session=${id(2)}&action=sign-out`)
    expect(sessions.done).toEqual([])
  })
})
