import { expect, test } from 'vitest'
import { Demo } from './demo.js'
import { PASSWORD, Person } from './people.js'

const EMAIL = 'ada@example.com'

test('what a form gets wrong is told on the form, with the right status', async () => {
  await using demo = await Demo.start()
  const person = new Person(demo.url)
  await new Person(demo.url).signUp(EMAIL)
  const answers: [Response, number, string][] = [
    [await person.signUp(EMAIL), 409, 'There is an account'],
    [await person.signUp(` ${EMAIL.toUpperCase()} `), 409, 'There is an account'],
    [await person.signUp('bob@example.com', '1234567'), 422, 'at least 8 characters'],
    [await person.signUp('bob'), 422, 'your email address'],
    [await person.logIn(EMAIL, 'wrong password'), 401, 'do not belong together'],
    [await person.logIn('nobody@example.com'), 401, 'do not belong together'],
    [
      await person.post('/accounts/login/', new URLSearchParams('login=a&login=b&password=c')),
      401,
      'do not belong together',
    ],
    [await person.request('/accounts/login/', { method: 'POST', body: '{' }), 401, 'do not belong together'],
    [await person.logIn(EMAIL, 'x'.repeat(20_000)), 413, 'too much'],
  ]
  for (const [answer, status, text] of answers) {
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(text)
    expect(answer.headers.getSetCookie()).toEqual([])
  }
})

test('next leads back to a page of this site, and nowhere else', async () => {
  await using demo = await Demo.start()
  await new Person(demo.url).signUp(EMAIL)
  const goneTo = async (next: string) => {
    const form = { login: EMAIL, password: PASSWORD, next }
    return (await new Person(demo.url).post('/accounts/login/', form)).headers.get('location')
  }
  expect(await goneTo('/outbox?a=1')).toBe('/outbox?a=1')
  for (const next of ['//e', 'https:e', 'https://e', '/\\e', '/\t/e', 'javascript:alert(1)', '']) {
    expect(await goneTo(next)).toBe('/accounts/sessions/')
  }
  const login = await (await new Person(demo.url).get('/accounts/login/?next=//e')).text()
  expect(login).not.toContain('//e')
})

test('a form of another site is refused', async () => {
  await using demo = await Demo.start()
  const person = new Person(demo.url)
  await person.signUp(EMAIL)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    const body = new URLSearchParams({ login: EMAIL, password: PASSWORD })
    for (const path of ['/accounts/login/', '/accounts/logout/', '/accounts/sessions/']) {
      expect((await person.request(path, { method: 'POST', body, headers })).status).toBe(403)
    }
  }
  const own = { 'sec-fetch-site': 'same-origin', origin: demo.url }
  expect((await person.request('/accounts/logout/', { method: 'POST', headers: own })).status).toBe(303)
  expect((await person.json('/api/auth/sessions')).status).toBe(401)
})

test('signing in gives a new session key (session fixation), and logging out ends the session', async () => {
  await using demo = await Demo.start()
  const person = new Person(demo.url)
  await person.signUp(EMAIL)
  const planted = new Map(person.cookies)
  await person.logIn(EMAIL)
  expect(person.cookies).not.toEqual(planted)
  expect(await person.sessions()).toHaveLength(1)
  const copy = new Map(person.cookies)
  expect((await person.post('/accounts/logout/')).headers.get('location')).toBe('/')
  const thief = new Person(demo.url)
  for (const cookies of [planted, copy]) {
    for (const [name, value] of cookies) thief.cookies.set(name, value)
    expect((await thief.json('/api/auth/sessions')).status).toBe(401)
  }
})

test('a password change keeps this session’s record under a new key, and offers to end the others (parity row 15)', async () => {
  await using demo = await Demo.start()
  const [one, two] = [new Person(demo.url), new Person(demo.url)]
  await one.signUp(EMAIL)
  await two.logIn(EMAIL)
  const before = (await one.sessions()).find(({ is_current }) => is_current)?.id
  const key = [...one.cookies.values()]
  const change = (form: Record<string, string>) => one.post('/accounts/password/change/', form)
  const form = { oldpassword: PASSWORD, password1: 'another password', password2: 'another password' }
  for (const wrong of [{ oldpassword: 'no' }, { password1: 'short', password2: 'short' }, { password2: 'other' }]) {
    expect((await change({ ...form, ...wrong })).status).toBe(422)
  }

  expect((await change(form)).status).toBe(303)
  expect([...one.cookies.values()]).not.toEqual(key)
  expect((await one.sessions()).find(({ is_current }) => is_current)?.id).toBe(before)
  expect(await two.sessions()).toHaveLength(2)
  expect((await new Person(demo.url).logIn(EMAIL)).status).toBe(401)

  const again = { oldpassword: 'another password', password1: PASSWORD, password2: PASSWORD, end_others: '1' }
  expect((await change(again)).status).toBe(303)
  expect((await one.sessions()).map(({ id }) => id)).toEqual([before])
  expect((await two.json('/api/auth/sessions')).status).toBe(401)
})
