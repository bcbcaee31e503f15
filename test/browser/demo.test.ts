import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Demo } from './demo.js'
import { Person } from './people.js'

const EMAIL = 'ada@example.com'

test('the main job by plain requests: two sign in, one ends the other through the API, a third shows up', async () => {
  await using demo = await Demo.start()
  const [one, two, three] = [new Person(demo.url), new Person(demo.url), new Person(demo.url)]
  expect((await one.signUp(EMAIL)).headers.get('location')).toBe('/accounts/sessions/')
  expect((await two.logIn(EMAIL)).status).toBe(303)
  const listed = await one.sessions()
  expect(listed.map(({ is_current }) => is_current)).toEqual([true, false])
  expect(await two.sessions()).toHaveLength(2)

  const ended = await one.end(listed[1]?.id ?? '')
  expect(ended).toMatchObject({ status: 200, body: { data: [{ id: listed[0]?.id, is_current: true }] } })
  expect(await two.json('/api/auth/sessions')).toMatchObject({
    status: 401,
    body: { meta: { is_authenticated: false } },
  })
  const page = await two.get('/accounts/sessions/')
  expect(page.status).toBe(302)
  expect(page.headers.get('location')).toBe('/accounts/login/?next=%2Faccounts%2Fsessions%2F')

  await three.logIn(EMAIL)
  expect(await one.sessions()).toHaveLength(2)
})

test('a restart keeps everyone signed in and listed', async () => {
  await using demo = await Demo.start()
  const [one, two] = [new Person(demo.url), new Person(demo.url)]
  await one.signUp(EMAIL)
  await two.logIn(EMAIL)
  const before = (await one.sessions()).map(({ id }) => id)
  expect(await demo.stop()).toBe(0)
  await demo.run()
  expect((await one.sessions()).map(({ id }) => id)).toEqual(before)
  expect(await two.sessions()).toHaveLength(2)
})

test('an ended session stays ended over a restart', async () => {
  await using demo = await Demo.start()
  const [one, two] = [new Person(demo.url), new Person(demo.url)]
  await one.signUp(EMAIL)
  await two.logIn(EMAIL)
  await one.end(...(await one.sessions()).filter(({ is_current }) => !is_current).map(({ id }) => id))
  await demo.stop('SIGKILL')
  await demo.run()
  expect(await one.sessions()).toHaveLength(1)
  expect((await two.json('/api/auth/sessions')).status).toBe(401)
})

describe('the process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, with a client connected', async (signal) => {
    await using demo = await Demo.start()
    await new Person(demo.url).signUp(EMAIL)
    expect(await demo.stop(signal)).toBe(0)
  })

  test('a port in use is told in one line', async () => {
    await using demo = await Demo.start()
    const [code] = await once(demo.spawn(), 'close')
    expect(code).toBe(1)
    expect(demo.output).toMatch(/^Port \d+ is in use\..*\n$/)
  })

  test.each([
    ['PORT', 'http'],
    ['TRUSTED_HOPS', '-1'],
    ['TRACK_ACTIVITY', 'yes'],
    ['SESSION_SECRET', 'short'],
  ])('%s=%s is told in one line', async (name, value) => {
    await using demo = await Demo.start()
    const [code] = await once(demo.spawn({ [name]: value }), 'close')
    expect(code).toBe(1)
    expect(demo.output.trim().split('\n')).toHaveLength(1)
  })

  test('it listens on the loopback address only, and keeps its secret to itself', async () => {
    await using demo = await Demo.start()
    expect((await fetch(`http://127.0.0.1:${demo.port}/`)).status).toBe(200)
    const others = Object.values((await import('node:os')).networkInterfaces()).flat()
    const address = others.find((one) => one?.family === 'IPv4' && !one.internal)?.address
    if (address) await expect(fetch(`http://${address}:${demo.port}/`)).rejects.toThrow()
    expect((await stat(join(demo.dataDir, 'secret'))).mode & 0o777).toBe(0o600)
  })
})
