import { expect, test } from 'vitest'
import { Demo } from './demo.js'
import { Person } from './people.js'

const EMAIL = 'ada@example.com'

test('the address is the socket’s, until TRUSTED_HOPS says that a proxy tells it', async () => {
  for (const [hops, ip] of [
    ['0', '127.0.0.1'],
    ['1', '203.0.113.7'],
  ]) {
    await using demo = await Demo.start({ TRUSTED_HOPS: hops ?? '' })
    const person = new Person(demo.url, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' })
    await person.signUp(EMAIL)
    expect((await person.sessions())[0]?.ip).toBe(ip)
  }
})

test('TRACK_ACTIVITY=0 shows no last seen', async () => {
  for (const [track, shown] of [
    ['0', false],
    ['1', true],
  ] as const) {
    await using demo = await Demo.start({ TRACK_ACTIVITY: track })
    const person = new Person(demo.url)
    await person.signUp(EMAIL)
    expect(Object.keys((await person.sessions())[0] ?? {}).includes('last_seen_at')).toBe(shown)
  }
})

test('going on from another browser puts one security mail into the owner’s outbox and nobody else’s (parity row 13)', async () => {
  await using demo = await Demo.start()
  const [ada, bob] = [new Person(demo.url), new Person(demo.url)]
  await ada.signUp(EMAIL)
  await bob.signUp('bob@example.com')
  await ada.get('/outbox', { 'user-agent': 'curl/8.0' })
  const outbox = async (person: Person) => (await person.get('/outbox', { 'user-agent': 'curl/8.0' })).text()
  await expect.poll(() => outbox(ada)).toContain('<article')
  expect(await outbox(ada)).toContain(`${demo.url}/accounts/sessions/`)
  expect(await (await bob.get('/outbox')).text()).not.toContain('<article')
})

test('whoever signed up first sees everybody’s sessions and ends them for real; others are refused (parity row 17)', async () => {
  await using demo = await Demo.start()
  const [ada, bob] = [new Person(demo.url), new Person(demo.url)]
  await ada.signUp(EMAIL)
  await bob.signUp('bob@example.com')
  expect((await bob.get('/admin/sessions/')).status).toBe(403)
  expect((await new Person(demo.url).get('/admin/sessions/')).status).toBe(302)
  expect(await (await ada.get('/admin/sessions/?q=2')).text()).toContain('End session of 2')
  const [session] = await bob.sessions()
  const end = { user: '2', session: session?.id ?? '' }
  expect((await bob.post('/admin/sessions/', end)).status).toBe(403)
  expect((await ada.post('/admin/sessions/', end)).status).toBe(303)
  expect(await (await bob.get('/accounts/login/')).text()).toContain('An administrator signed you out.')
})

test('ADMIN_EMAIL names the administrator instead', async () => {
  await using demo = await Demo.start({ ADMIN_EMAIL: 'bob@example.com' })
  const [ada, bob] = [new Person(demo.url), new Person(demo.url)]
  await ada.signUp(EMAIL)
  await bob.signUp('bob@example.com')
  expect((await ada.get('/admin/sessions/')).status).toBe(403)
  expect((await bob.get('/admin/sessions/')).status).toBe(200)
})
