import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFields } from '../../../src/cli/read-fields.js'
import { runCli } from '../../../src/cli/run-cli.js'
import { type AppUnderTest, createTestSessions, openApp } from '../../../src/testing/index.js'
import { bareShop, guardedShop } from '../testing/apps.js'

const LOGIN = ['--login-path', '/login', '--fields', 'user=ada,password=correct', '--protected', '/me']
const FLAGS = [...LOGIN, '--logout-path', '/logout']

async function prove(...args: string[]) {
  const lines: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] }
  const text = (written: readonly string[]) => written.map((line) => `${line}\n`).join('')
  const code = await runCli(['prove', ...args], {
    out: (line) => void lines.out.push(line),
    err: (line) => void lines.err.push(line),
  })
  return { code, out: text(lines.out), err: text(lines.err) }
}

async function proveApp(app: AppUnderTest, ...args: string[]) {
  const open = await openApp(app)
  try {
    return await prove(open.url.href, ...args)
  } finally {
    await open.close()
  }
}

test('prove shows before and after, and exits with 0 where ended stays ended', async () => {
  await using sessions = await createTestSessions()
  const ran = await proveApp(guardedShop(sessions), ...FLAGS, '--api', '/api/auth/sessions', '--slow', 'POST /cart')
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain('GET /me is answered 200 to somebody who is signed in, 401 to nobody.')
  expect(ran.out).toContain(`kept    Signed out (POST /logout) while POST /cart was under way
        before  200, signed in
        after   401, not signed in
`)
  expect(ran.out).toContain(
    'kept    Ended from another session (DELETE /api/auth/sessions) while GET /me was under way',
  )
  expect(ran.out).toContain('Ended stayed ended, 6 times out of 6.')
})

test('prove exits with 1 where a session comes back, and with --json tells it to programs', async () => {
  const ran = await proveApp(bareShop(), ...FLAGS)
  expect(ran).toMatchObject({ code: 1, err: '' })
  expect(ran.out).toContain('BROKEN  Signed out (POST /logout) while GET /me was under way')
  expect(ran.out).toContain('after   200, still signed in')
  expect(ran.out).toContain('Ended did not stay ended, 3 times out of 4.')
  const json = await proveApp(bareShop(), ...FLAGS, '--json')
  expect(json).toMatchObject({ code: 1, err: '' })
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, signedIn: '200', nobody: '401' })
  for (const { out } of [ran, json]) expect(out).not.toContain('correct')
})

test('prove says when a slow answer does not show that its request began signed in', async () => {
  await using sessions = await createTestSessions()
  const { out } = await proveApp(guardedShop(sessions), ...FLAGS)
  expect(out).toMatch(/kept .* while POST \/login was under way\n.*\n.*\n {8}note .* does not show/)
  expect(out).not.toMatch(/while GET \/me was under way\n.*\n.*\n {8}note/)
})

test.each(['mjs', 'cjs'])('--app runs the app that a .%s module exports', async (kind) => {
  const folder = await mkdtemp(join(tmpdir(), 'usersessions-prove-'))
  const file = join(folder, `app.${kind}`)
  await writeFile(file, `${kind === 'mjs' ? 'export default' : 'module.exports ='} ${LITTLE_APP}`)
  await writeFile(join(folder, 'nothing.mjs'), 'export const app = 1')
  try {
    const kept = await prove('--app', file, '--login-path', '/in', '--fields', 'a=b', ...LITTLE)
    expect(kept).toMatchObject({ code: 0, err: '' })
    const none = await prove('--app', join(folder, 'nothing.mjs'), ...FLAGS)
    expect(none).toMatchObject({ code: 2, out: '' })
    expect(none.err).toContain('does not export an app')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the login may take JSON, and what is hidden in its form goes along', async () => {
  for (const type of ['json', 'form']) {
    const folder = await mkdtemp(join(tmpdir(), 'usersessions-prove-'))
    await writeFile(join(folder, 'app.mjs'), `export default ${LITTLE_APP}`)
    const ran = await prove(
      '--app',
      join(folder, 'app.mjs'),
      '--login-path',
      `/in-${type}`,
      '--fields',
      'a=b',
      '--login-type',
      type,
      ...LITTLE,
    )
    expect(ran).toMatchObject({ code: 0, err: '' })
    await rm(folder, { recursive: true })
  }
})

test.each([
  [['http://example.com', ...FLAGS], '--allow-remote'],
  [['http://localhost.example.com', ...FLAGS], '--allow-remote'],
  [['http://127.0.0.1@example.com', ...FLAGS], '--allow-remote'],
  [FLAGS, 'either a URL or --app FILE'],
  [['http://localhost:1', '--app', 'app.js', ...FLAGS], 'either a URL or --app FILE'],
  [['shop', ...FLAGS], 'is no URL'],
  [['http://localhost:1', ...LOGIN], '--logout-path, --api or both'],
  [['http://localhost:1', ...FLAGS.slice(2)], '--login-path PATH'],
  [['http://localhost:1', ...FLAGS, '--login-type', 'xml'], "no login type 'xml'"],
  [['http://localhost:1', ...FLAGS, '--slow', 'cart'], "like 'POST /cart'"],
  [['http://localhost:1', ...FLAGS], 'ECONNREFUSED'],
  [['--app', 'no-such-app.js', ...FLAGS], 'no-such-app.js'],
])('what cannot be tried exits with 2, for nothing is proven: %j', async (args, problem) => {
  const ran = await prove(...args)
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err).toContain(problem)
  expect(ran.err).toContain('usersessions prove --help')
})

test('a login that is refused exits with 2', async () => {
  const ran = await proveApp(bareShop(), ...FLAGS, '--fields', 'user=ada,password=wrong')
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err).toContain('Was the sign-in refused?')
  expect(ran.err).toContain('say how to tell with --signed-in-text.')
})

test('--signed-in-text tells who is signed in where the status does not', async () => {
  const flags = [...FLAGS, '--protected', '/login', '--signed-in-text']
  expect((await proveApp(bareShop(), ...flags, 'hello ada')).err).toContain('not how it looks when signed in')
  expect((await proveApp(bareShop(), ...FLAGS, '--signed-in-text', 'hello ada')).code).toBe(1)
})

test('fields may have commas and equal signs in their values', () => {
  expect(readFields('login=ada@example.com,password=a,b=c')).toEqual({
    login: 'ada@example.com',
    password: 'a',
    b: 'c',
  })
  expect(readFields('user[name]=ada,password=a, b,c!')).toEqual({ 'user[name]': 'ada', password: 'a, b,c!' })
  expect(() => readFields('ada')).toThrow('--fields is written like')
})

/** An app without a framework. It waits for a body once it has looked up the session, and keeps its promise. */
const LITTLE = ['--protected', '/me', '--logout-path', '/out']
const LITTLE_APP = `((sessions) => async (request, response) => {
  const answer = (status, text = '', headers = {}) => response.writeHead(status, headers).end(text)
  const key = /key=(\\d+)/.exec(request.headers.cookie ?? '')?.[1]
  const known = sessions.has(key)
  let body = ''
  for await (const chunk of request) body += chunk
  const signIn = () => {
    const fresh = String(Math.random()).slice(2)
    sessions.add(fresh)
    return answer(204, '', { 'set-cookie': 'key=' + fresh })
  }
  if (request.method === 'GET' && request.url === '/in-form') return answer(200, '<input name="token" type=hidden value="x&amp;y">')
  if (request.url === '/in') return body === 'a=b' ? signIn() : answer(403)
  if (request.url === '/in-json') return body === '{"a":"b"}' ? signIn() : answer(403)
  if (request.url === '/in-form') return body === 'token=x%26y&a=b' ? signIn() : answer(403)
  if (request.url === '/out') sessions.delete(key)
  answer(known ? 200 : 401)
})(new Set())`
