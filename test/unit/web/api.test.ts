import { readdir, readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { UserSessionsError } from '../../../src/errors.js'
import { createApi } from '../../../src/web/api.js'
import type { WebOptions } from '../../../src/web/web-context.js'
import { answered, call, FakeSessions, id, json, NOW, OPTIONS, session } from './fake-sessions.js'

const GOLDEN = new URL('./golden/', import.meta.url)
const spec: unknown = parse(await readFile(new URL('../../../docs/openapi.yaml', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false })
ajv.addSchema({ ...(typeof spec === 'object' ? spec : {}), $id: 'openapi' })

const BODIES = new Map([
  [200, 'SessionsBody'],
  [400, 'InvalidBody'],
  [401, 'SignedOutBody'],
  [403, 'CrossSiteBody'],
  [405, 'MethodNotAllowedBody'],
  [413, 'TooLargeBody'],
  [415, 'UnsupportedMediaTypeBody'],
  [503, 'UnavailableBody'],
])

/** What the description says against this body. */
function faults(status: number, body: unknown): unknown {
  const validate = ajv.getSchema(`openapi#/components/schemas/${BODIES.get(status)}`)
  if (validate === undefined) throw new Error(`docs/openapi.yaml does not describe ${status}.`)
  validate(body)
  return validate.errors ?? []
}

/** A value inside the description. */
function described(...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => new Map(Object.entries(at ?? {})).get(key), spec)
}

let sessions: FakeSessions

/** Asks, and checks every answer against docs/openapi.yaml. */
async function ask(init: RequestInit = {}, options: Partial<WebOptions> = {}) {
  const response = answered(await createApi({ ...OPTIONS, ...options })(call(sessions, '/sessions', init)))
  const text = await response.text()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  if (body !== undefined) expect(faults(response.status, body)).toEqual([])
  const method = init.method === 'DELETE' ? 'delete' : 'get'
  expect(described('paths', '/sessions', method, 'responses', String(response.status))).toBeDefined()
  return { status: response.status, headers: response.headers, text, body }
}

beforeEach(() => {
  sessions = new FakeSessions(
    session(1, { lastSeenAt: new Date(NOW - 900) }),
    session(2, {
      ip: null,
      userAgent: null,
      name: 'Kitchen',
      device: { label: 'Unknown device', browser: null, version: null, os: null, kind: 'unknown' },
    }),
    session(3, { ip: '2001:db8::1', place: { country: 'PT', region: 'Lisbon', city: 'Lisbon' } }),
  )
})

describe('the list (parity row 16)', () => {
  it('gives every session with its times in unix seconds', async () => {
    const { status, text } = await ask()
    expect(status).toBe(200)
    await expect(pretty(text)).toMatchFileSnapshot('./golden/list.golden.json')
  })

  it('leaves last seen out when activity is not tracked', async () => {
    const { text } = await ask({}, { trackActivity: false })
    expect(text).not.toContain('last_seen_at')
    await expect(pretty(text)).toMatchFileSnapshot('./golden/list-untracked.golden.json')
  })

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, text } = await ask({ method: 'HEAD' })
    expect([status, headers.get('content-type'), text]).toEqual([200, 'application/json; charset=utf-8', ''])
  })

  it('tells who is not signed in what to do next', async () => {
    sessions.user = undefined
    const { status, text } = await ask()
    expect(status).toBe(401)
    await expect(pretty(text)).toMatchFileSnapshot('./golden/signed-out.golden.json')
  })

  it('is kept by no cache and read by no other site', async () => {
    const { headers } = await ask()
    expect(Object.fromEntries(headers)).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      vary: 'Cookie',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it.each([
    '/',
    '/sessions/',
    '/sessions/x.css',
    '/sessions//',
    '/sessionsx',
    '/SESSIONS',
  ])('leaves %s to the app', async (path) => {
    expect(await createApi(OPTIONS)(call(sessions, path))).toBeUndefined()
  })
})

describe('ending (parity row 16)', () => {
  it('ends the sessions named and answers the new list', async () => {
    const { status, text } = await ask(json({ sessions: [id(2), id(3), id(2)] }))
    expect([status, sessions.done]).toEqual([200, [`ended ${id(2)}`, `ended ${id(3)}`]])
    await expect(pretty(text)).toMatchFileSnapshot('./golden/ended.golden.json')
  })

  it('ends none and lists all when none is named', async () => {
    const { status } = await ask(json({ sessions: [] }))
    expect([status, sessions.done]).toEqual([200, []])
  })

  it('signs out when the current session is among them', async () => {
    const { status, text, headers } = await ask(json({ sessions: [id(1), id(2)] }))
    expect([status, sessions.done]).toEqual([401, [`ended ${id(2)}`, 'signed out']])
    expect(headers.has('clear-site-data')).toBe(false)
    await expect(pretty(text)).toMatchFileSnapshot('./golden/signed-out.golden.json')
  })

  it('makes the browser forget what the app wants forgotten when the current session ends', async () => {
    const api = createApi({ ...OPTIONS, clearSiteData: ['cache', 'storage'] })
    const response = answered(await api(call(sessions, '/sessions', json({ sessions: [id(1)] }))))
    expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"')
  })

  it('ends none when one id is unknown, and answers a foreign and an unknown id byte for byte alike', async () => {
    const foreign = await ask(json({ sessions: [id(2), id(77)] }))
    const unknown = await ask(json({ sessions: ['no such thing', id(2)] }))
    expect(foreign.status).toBe(400)
    expect(unknown).toEqual(foreign)
    expect(sessions.done).toEqual([])
    await expect(pretty(foreign.text)).toMatchFileSnapshot('./golden/invalid-choice.golden.json')
  })

  it('takes an id only letter by letter', async () => {
    for (const wrong of [`${id(2)} `, id(2).toUpperCase(), `${id(2)}\0`, '{}', '*', '__proto__', 'x'.repeat(9000)]) {
      expect((await ask(json({ sessions: [wrong] }))).status).toBe(400)
    }
    expect(sessions.done).toEqual([])
  })
})

describe('a body that cannot be meant', () => {
  const deep = (n: number) => '['.repeat(n) + ']'.repeat(n)
  it.each([
    ['nothing', '', 400, 'required'],
    ['no list', '{}', 400, 'required'],
    ['null for a list', '{"sessions":null}', 400, 'required'],
    ['an array', '[]', 400, 'required'],
    ['null', 'null', 400, 'required'],
    ['a number', '5', 400, 'required'],
    ['a string', '"sessions"', 400, 'required'],
    ['an id outside a list', `{"sessions":"${id(2)}"}`, 400, 'invalid_list'],
    ['an object for a list', `{"sessions":{"0":"${id(2)}","length":1}}`, 400, 'invalid_list'],
    ['numbers', '{"sessions":[1]}', 400, 'invalid_list'],
    ['objects', '{"sessions":[{}]}', 400, 'invalid_list'],
    ['lists', `{"sessions":[["${id(2)}"]]}`, 400, 'invalid_list'],
    ['null among ids', `{"sessions":["${id(2)}",null]}`, 400, 'invalid_list'],
    ['a prototype', `{"__proto__":{"sessions":["${id(2)}"]}}`, 400, 'required'],
    ['the same key twice', `{"sessions":["${id(2)}"],"sessions":["x"]}`, 400, 'invalid_choice'],
    ['JSON cut off', '{"sessions":[', 400, 'invalid_json'],
    ['JSON with more behind it', '{"sessions":[]} x', 400, 'invalid_json'],
    ['a lone surrogate', '{"sessions":["\\ud800"]}', 400, 'invalid_choice'],
    ['NUL', '{"sessions":["\\u0000"]}', 400, 'invalid_choice'],
    ['8,000 levels', `{"sessions":${deep(8000)}}`, 400, 'invalid_list'],
    ['100,000 levels', `{"sessions":${deep(100_000)}}`, 413, 'too_large'],
    ['101 ids', JSON.stringify({ sessions: Array(101).fill(id(2)) }), 400, 'too_many'],
    ['more than 16 KiB', JSON.stringify({ sessions: ['x'.repeat(16 * 1024)] }), 413, 'too_large'],
  ])('is refused: %s', async (_name, body, status, code) => {
    const answer = await ask(json(body))
    expect(answer).toMatchObject({ status, body: { errors: [{ code }] } })
    expect(sessions.done).toEqual([])
  })

  it('takes 100 ids, and a body of 16 KiB to the byte', async () => {
    expect((await ask(json({ sessions: Array(100).fill(id(2)) }))).status).toBe(200)
    const text = JSON.stringify({ sessions: [id(3)] })
    expect((await ask(json(text + ' '.repeat(16 * 1024 - text.length)))).status).toBe(200)
    expect((await ask(json(text + ' '.repeat(16 * 1024 - text.length + 1)))).status).toBe(413)
  })

  it('is refused when it is not UTF-8', async () => {
    const body = new Uint8Array([...new TextEncoder().encode('{"sessions":["'), 0xff, 0xfe, 0x22, 0x5d, 0x7d])
    const answer = await ask({ method: 'DELETE', body, headers: { 'content-type': 'application/json' } })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'invalid_json' }] } })
  })

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    '',
  ])('is refused as %s, which other sites can send without asking', async (type) => {
    const init = { method: 'DELETE', body: JSON.stringify({ sessions: [id(2)] }), headers: { 'content-type': type } }
    expect((await ask(init)).status).toBe(415)
    expect(sessions.done).toEqual([])
  })

  it('may name its charset', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await ask({ method: 'DELETE', body: '{"sessions":[]}', headers })).status).toBe(200)
  })

  it('never sees what it sent come back', async () => {
    const { text } = await ask(json({ sessions: ['<canary>'] }))
    expect(text).not.toContain('canary')
  })
})

describe('a request that is refused', () => {
  it.each(['POST', 'PUT', 'PATCH', 'OPTIONS'])('is told what is allowed instead of %s', async (method) => {
    const { status, headers } = await ask({ method })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE'])
  })

  it('is refused from another site, signed in or not, whatever method it claims to be', async () => {
    const init = json({ sessions: [id(2)] })
    const headers = {
      'content-type': 'application/json',
      'sec-fetch-site': 'cross-site',
      'x-http-method-override': 'GET',
    }
    expect((await ask({ ...init, headers })).status).toBe(403)
    expect(sessions.done).toEqual([])
  })

  it('changes nothing with GET, whatever method it claims to be', async () => {
    expect((await ask({ headers: { 'x-http-method-override': 'DELETE' } })).status).toBe(200)
    expect(sessions.done).toEqual([])
  })

  it('is told to come back when the storage cannot be reached', async () => {
    sessions.end = async () => {
      throw new UserSessionsError('storage_unavailable', 'gone')
    }
    const { status, headers, text } = await ask(json({ sessions: [id(2)] }))
    expect([status, headers.get('retry-after')]).toEqual([503, '5'])
    expect(text).not.toContain('gone')
  })

  it('hands any other fault to the app', async () => {
    sessions.list = async () => {
      throw new RangeError('a bug')
    }
    await expect(ask()).rejects.toThrow('a bug')
  })
})

describe('docs/openapi.yaml', () => {
  it('describes every golden body', async () => {
    const names = (await readdir(GOLDEN)).filter((name) => name.endsWith('.golden.json'))
    expect(names.length).toBeGreaterThanOrEqual(5)
    for (const name of names) {
      const body: { status: number } = JSON.parse(await readFile(new URL(name, GOLDEN), 'utf8'))
      expect([name, faults(body.status, body)]).toEqual([name, []])
    }
  })

  it('allows no member that it does not name', () => {
    const body = { status: 401, data: { flows: [] }, meta: { is_authenticated: false } }
    expect(faults(401, body)).toEqual([])
    expect(faults(401, { ...body, more: 1 })).not.toEqual([])
  })
})

function pretty(text: string): string {
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`
}
