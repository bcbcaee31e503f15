import { beforeEach, describe, expect, it } from 'vitest'
import type { EndReason } from '../../../src/session.js'
import { createPage } from '../../../src/web/page.js'
import type { PageOptions } from '../../../src/web/page-options.js'
import type { PageView } from '../../../src/web/page-view.js'
import { answered, call, DAY, FakeSessions, HOUR, MINUTE, NOW, OPTIONS, session } from './fake-sessions.js'
import { PAYLOADS } from './payloads.js'

let sessions: FakeSessions

async function ask(options: PageOptions = {}, language = 'en') {
  const init = { headers: { 'accept-language': language } }
  return answered(await createPage({ ...OPTIONS, ...options })(call(sessions, '/sessions/', init))).text()
}

function ended(n: number, endReason: EndReason | null, over: Parameters<typeof session>[1] = {}) {
  return session(n, { endedAt: new Date(NOW - n * HOUR), endReason, isCurrent: false, ...over })
}

/** What each row of the ended ones says before it is opened. */
function rows(text: string): string[] {
  const section = /<section class="ended".*?<\/section>/s.exec(text)?.[0] ?? ''
  const summaries = [...section.matchAll(/<li><details><summary>(.*?)<\/summary>/gs)].map(([, row = '']) => row)
  return summaries.map((row) => row.replace(/<svg.*?<\/svg>|<[^>]*>/gs, '').replace(/\s+/g, ' '))
}

/** Labels and values of each row's details. */
function facts(text: string): string[][] {
  return [...text.matchAll(/<dl>(.*?)<\/dl>/gs)].map(([, list = '']) =>
    [...list.matchAll(/<dt>([^<]*)<\/dt><dd><bdi>([^<]*)<\/bdi><\/dd>/g)].map(([, dt, dd]) => `${dt}: ${dd}`),
  )
}

beforeEach(() => {
  sessions = new FakeSessions(session(1))
})

describe('recently ended sessions', () => {
  it('stand below the live ones, with device, reason and time, the exact one behind it', async () => {
    sessions.past = [ended(2, 'user', { name: 'Kitchen' }), ended(3, 'expired')]
    sessions.live = [session(1, { lastSeenAt: new Date(NOW) })]
    const text = await ask()
    expect(rows(text)).toEqual(['Kitchen Signed out 2 hours ago', 'Chrome on Linux Expired 3 hours ago'])
    expect(text.indexOf('</table>')).toBeLessThan(text.indexOf('>Recently ended</h2>'))
    expect(text).toMatch(
      /<time datetime="2026-11-23T13:00:00.000Z" title="November 23, 2026 at 1:00:00\sPM UTC">2 hours/,
    )
  })

  it.each([
    ['user', 'Signed out'],
    ['other-session', 'Signed out from another session'],
    ['admin', 'Ended by an administrator'],
    ['app', 'Ended by the app'],
    ['limit', 'Pushed out by the limit on sessions'],
    ['expired', 'Expired'],
    ['switched', 'Another user signed in'],
    ['credentials-changed', 'Password changed'],
    ['blocked', 'Account blocked'],
    ['purged', 'Ended'],
    [null, 'Ended'],
  ] as const)('word the reason %s as “%s”', async (reason, expected) => {
    sessions.past = [ended(2, reason)]
    expect(rows(await ask())).toEqual([`Chrome on Linux ${expected} 2 hours ago`])
  })

  it.each([
    ['admin', 'admin:grace', 'Ended by an administrator (grace)'],
    ['blocked', 'admin:grace', 'Account blocked (grace)'],
    ['app', 'support desk', 'Ended by the app (support desk)'],
    ['app', 'ada', 'Ended by the app'],
    ['credentials-changed', 'ada', 'Password changed'],
    ['app', ' \u200b\u202e', 'Ended by the app'],
    ['admin', 'admin:', 'Ended by an administrator'],
    ['expired', null, 'Expired'],
  ] as const)('ended with %s by %j say “%s”', async (reason, endedBy, expected) => {
    sessions.past = [ended(2, reason, { endedBy })]
    expect(rows(await ask())).toEqual([`Chrome on Linux ${expected} 2 hours ago`])
  })

  it.each([
    'user',
    'other-session',
    'switched',
  ] as const)('name nobody for %s, even when the app writes its user ids in another way', async (reason) => {
    sessions.past = [ended(2, reason, { user: { id: 7 }, endedBy: '7' })]
    expect(await ask()).not.toContain('(<bdi>')
  })

  it('are not mentioned when there are none', async () => {
    expect(await ask()).not.toMatch(/Recently ended|class="past"/)
  })

  it('are five at a glance, fifty at most behind one click, and in the right number', async () => {
    sessions.past = Array.from({ length: 60 }, (_, n) => ended(n + 2, 'user'))
    const text = await ask()
    expect(rows(text)).toHaveLength(50)
    expect(rows(text.replace(/<details class="rest">.*/s, '</section>'))).toHaveLength(5)
    expect(text).toContain('<summary>Show 45 more</summary>')
    sessions.past = sessions.past.slice(0, 5)
    expect(await ask()).not.toContain('class="rest"')
  })

  it('are asked for once, from the last 30 days, and not without bound', async () => {
    const asked: unknown[] = []
    sessions.history = async (query) => {
      asked.push(query)
      return []
    }
    await ask()
    expect(asked).toEqual([{ since: new Date(NOW - 30 * DAY), limit: 1000 }])
  })

  it('never keep the live ones from being shown, and say when they cannot be read', async () => {
    sessions.history = () => Promise.reject(new Error('gone'))
    const text = await ask()
    expect(text).toContain('<tr role="row" class="current">')
    expect(text).toContain('<p class="quiet">Recently ended sessions cannot be shown right now.</p>')
    sessions.history = () => {
      throw new Error('gone at once')
    }
    expect(await ask()).toBe(text)
  })

  it('speak the reader’s language, and English where a text is missing', async () => {
    sessions.past = Array.from({ length: 7 }, (_, n) => ended(n + 2, n === 0 ? 'user' : 'limit'))
    const messages = {
      de: {
        recentlyEnded: 'Kürzlich beendet',
        reasonUser: 'Abgemeldet',
        showMore: { one: 'Noch {n}', other: 'Noch {n} weitere' },
      },
    }
    const text = await ask({ messages }, 'de')
    expect(text).toContain('Kürzlich beendet</h2>')
    expect(rows(text).slice(0, 2)).toEqual([
      'Chrome on Linux Abgemeldet vor 2 Stunden',
      'Chrome on Linux Pushed out by the limit on sessions vor 3 Stunden',
    ])
    expect(text).toContain('Noch 2 weitere')
  })

  it('go to the app’s own view engine with everything that is known', async () => {
    sessions.past = [ended(2, 'admin', { endedBy: 'admin:grace\u202e', name: 'Kitchen', ip: null })]
    const views: PageView[] = []
    await ask({ render: (view) => String(views.push(view)) })
    sessions.history = () => Promise.reject(new Error('gone'))
    await ask({ render: (view) => String(views.push(view)) })
    expect(views).toMatchObject([
      {
        isHistoryKnown: true,
        ended: [
          {
            name: 'Kitchen',
            device: 'Chrome on Linux',
            kind: 'desktop',
            ip: 'Unknown',
            startedAt: { relative: '3 days ago' },
            endedAt: { iso: '2026-11-23T13:00:00.000Z', relative: '2 hours ago' },
            reason: 'admin',
            reasonText: 'Ended by an administrator',
            by: 'grace',
          },
        ],
      },
      { isHistoryKnown: false, ended: [] },
    ])
  })

  it('take no tag and no attribute from a user: user agent, name, label, IP address and by whom', async () => {
    const shape = async (text: string) => {
      const device = { label: text, browser: null, version: null, os: null, kind: 'unknown' as const }
      sessions.past = [
        ended(2, 'app', { userAgent: text, name: text, ip: text, endedBy: text, device }),
        ended(3, 'app', { userAgent: text, ip: text, endedBy: text, device }),
      ]
      return (await ask()).split('</style>')[1]?.replace(/[^<>"]/g, '')
    }
    const expected = await shape('x')
    for (const payload of PAYLOADS) expect([payload, await shape(payload)]).toEqual([payload, expected])
  })
})

describe('the details of a session, for those who cannot hover', () => {
  it('have the exact times in UTC, the IP address and the whole user agent', async () => {
    const userAgent = `Mozilla/5.0 ${'x'.repeat(400)}`
    sessions.live = [session(1, { createdAt: new Date(NOW - DAY), lastSeenAt: new Date(NOW - MINUTE), userAgent })]
    const text = (await ask()).replaceAll('\u202f', ' ')
    expect(facts(text)).toEqual([
      [
        'Last seen: November 23, 2026 at 2:59:00 PM UTC',
        'Started at: November 22, 2026 at 3:00:00 PM UTC',
        'IP address: 203.0.113.7',
        `User agent: ${userAgent}`,
      ],
    ])
    expect(text).toContain(`title="${userAgent}"`)
  })

  it('leave out last seen when activity is not tracked, and say what is unknown', async () => {
    sessions.live = [session(1, { ip: null, userAgent: null })]
    const page = createPage({ ...OPTIONS, trackActivity: false })
    const text = await answered(await page(call(sessions, '/sessions/'))).text()
    expect(facts(text)[0]?.map((fact) => fact.replace(/: Nov.*/, ''))).toEqual([
      'Started at',
      'IP address: Unknown',
      'User agent: Unknown',
    ])
  })

  it('of an ended one have when it started and ended, and the device of one with a name', async () => {
    sessions.past = [ended(2, 'user', { name: 'Kitchen' }), ended(3, 'user')]
    const labels = facts(await ask()).map((list) => list.map((fact) => fact.split(':')[0]))
    expect(labels.slice(1)).toEqual([
      ['Browser', 'Started at', 'Ended at', 'IP address', 'User agent'],
      ['Started at', 'Ended at', 'IP address', 'User agent'],
    ])
  })

  it('are closed at first, and opened by a control that names the device', async () => {
    sessions.live = [session(1, { name: '"Desk"' })]
    const text = await ask()
    expect(text).toContain('<summary aria-label="Details of &quot;Desk&quot;">Details</summary>')
    expect(text).not.toMatch(/<details[^>]* open/)
  })
})

it('a thousand live and a thousand ended sessions make a page of less than 2 MB, and no formatter each', async () => {
  const chrome = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${'x'.repeat(80)}`
  sessions.live = Array.from({ length: 1000 }, (_, n) => session(n + 1, { userAgent: chrome }))
  sessions.past = Array.from({ length: 1000 }, (_, n) => ended(n + 1, 'user', { userAgent: chrome }))
  const made: string[] = []
  const { DateTimeFormat } = Intl
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    construct: (Target, args) => {
      made.push('one')
      return new Target(...args)
    },
  })
  try {
    expect((await ask()).length).toBeLessThan(2_000_000)
  } finally {
    Intl.DateTimeFormat = DateTimeFormat
  }
  expect(made.length).toBeLessThanOrEqual(1)
})
