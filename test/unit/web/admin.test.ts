import { beforeEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../../src/web/admin.js'
import { answered, FakeAdmin, form, HOUR, id, NOW, OPTIONS, request, session } from './fake-sessions.js'
import { PAYLOADS } from './payloads.js'

let admin: FakeAdmin

async function raw(path: string, init: RequestInit = {}) {
  const [below = ''] = path.split('?')
  return createAdmin(OPTIONS)({ request: request(`/admin${path}`, init), base: '/admin', path: below, admin })
}

async function ask(path = '/sessions/', init: RequestInit = {}) {
  const { status, headers, ...response } = await raw(path, init).then(async (given) => {
    const found = answered(given)
    return { status: found.status, headers: found.headers, text: await found.text() }
  })
  return { status, headers, location: headers.get('location'), ...response }
}

beforeEach(() => {
  admin = new FakeAdmin(
    Array.from({ length: 120 }, (_, n) =>
      session(n + 1, {
        user: `user-${n % 7}`,
        ip: `203.0.113.${n}`,
        userAgent: `Agent/${n}`,
        createdAt: new Date(NOW - n * HOUR),
      }),
    ),
  )
})

describe('the admin page (parity row 17)', () => {
  it('shows user, created, last seen, IP address and user agent of everybody, in the order given', async () => {
    const { status, text } = await ask()
    expect(status).toBe(200)
    for (const column of ['User', 'Created', 'Last seen', 'IP address', 'User agent']) {
      expect(text).toContain(`>${column}</th>`)
    }
    expect(text).toContain('<bdi>user-3</bdi>')
    expect(text).toContain('<bdi>203.0.113.3</bdi>')
    expect(text).toContain('<bdi>Agent/3</bdi>')
    expect(text.match(/>End session</g)).toHaveLength(50)
    expect(text.indexOf('Agent/3<')).toBeLessThan(text.indexOf('Agent/4<'))
  })

  it('searches by user and IP address, and keeps what was typed', async () => {
    const { text } = await ask('/sessions/?q=%20203.0.113.9%20')
    expect(admin.asked).toEqual([{ text: '203.0.113.9', limit: 51 }])
    expect(text).toContain('value="203.0.113.9"')
    expect(text.match(/>End session</g)).toHaveLength(1)
    expect((await ask('/sessions/?q=nobody')).text).toContain('No sessions found.')
  })

  it('goes on page by page, to the last', async () => {
    const seen: number[] = []
    let next: string | undefined = '/sessions/?q='
    while (next !== undefined && seen.length < 9) {
      const { text } = await ask(next)
      seen.push(text.match(/>End session</g)?.length ?? 0)
      next = /rel="next" href="\/admin([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual([50, 50, 20])
    expect(admin.asked).toEqual([{ limit: 51 }, { limit: 51, after: id(50) }, { limit: 51, after: id(100) }])
  })

  it('has no next page when the last one is full', async () => {
    admin.live = admin.live.slice(0, 50)
    expect((await ask()).text).not.toContain('rel="next"')
  })

  it('takes nothing but an id for the place to go on from', async () => {
    await ask("/sessions/?after=1'--&q=%00")
    expect(admin.asked).toEqual([{ limit: 51 }])
  })
})

describe('ending by an administrator (parity row 17)', () => {
  const fields: [string, string][] = [
    ['user', 'user-1'],
    ['session', id(2)],
  ]

  it('really ends the session and goes back to where it was', async () => {
    const { text } = await ask(`/sessions/?q=user-1`)
    expect(text).toContain('<form method="post" action="/admin/sessions/?q=user-1">')
    const done = await ask('/sessions/?q=user-1', form(fields))
    expect([done.status, done.location]).toEqual([303, '/admin/sessions/?q=user-1&message=ended'])
    expect(admin.done).toEqual([`ended ${id(2)} of user-1`])
    expect((await ask('/sessions/?message=ended')).text).toContain('<p>Session ended successfully.</p>')
  })

  it('says so when there is no such session of this user', async () => {
    const wrong = form([
      ['user', 'user-2'],
      ['session', id(2)],
    ])
    expect((await ask('/sessions/', wrong)).location).toBe('/admin/sessions/?message=not-found')
    expect(admin.done).toEqual([])
  })

  it.each([[[]], [[fields[0]]], [[fields[1]]], [[...fields, ...fields]]] as [
    [string, string][],
  ][])('takes exactly one user and one session: %j', async (given) => {
    expect((await ask('/sessions/', form(given))).status).toBe(400)
    expect(admin.done).toEqual([])
  })

  it('is refused from another site', async () => {
    const init = { ...form(fields), headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await ask('/sessions/', init)).status).toBe(403)
    expect(admin.done).toEqual([])
  })
})

describe('the admin page, like the other', () => {
  it('answers only at its own path', async () => {
    for (const path of ['/', '/sessions/x.css', '/sessions//']) expect(await raw(path)).toBeUndefined()
    expect((await ask('/sessions?q=a')).location).toBe('/admin/sessions/?q=a')
    expect((await ask('/sessions/', { method: 'DELETE' })).status).toBe(405)
    expect(await ask('/sessions/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  it('lets no script run, and no cache keep it', async () => {
    const { headers } = await ask()
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']{44}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('draws text of a user as text, its own search too', async () => {
    admin.live = [session(1, { user: 'x', ip: 'x', userAgent: 'x' })]
    const marks = (text: string) => ['<', '>', '"'].map((mark) => text.split(mark).length)
    const expected = marks((await ask('/sessions/?q=x')).text)
    for (const payload of PAYLOADS) {
      admin.search = async () => [session(1, { user: payload, ip: payload, userAgent: payload })]
      const { text } = await ask(`/sessions/?${new URLSearchParams({ q: payload })}`)
      expect([payload, marks(text)]).toEqual([payload, expected])
    }
  })
})
