import { expect, test } from 'vitest'
import { createTestSessions, DEVICES, signInAs } from '../../../src/testing/index.js'
import { bareShop, guardedShop, signIn } from './apps.js'

test('signInAs signs users in through the app itself, each from a device and an address', async () => {
  await using sessions = await createTestSessions({ trustedProxies: 1 })
  const app = guardedShop(sessions)
  await using phone = await signInAs(app, 'ada', { signIn, device: 'safari-iphone', ip: '203.0.113.7' })
  await using laptop = await signInAs(app, 'ada', { signIn })
  expect(await (await phone.get('/me')).text()).toBe('hello ada')

  const listed = await sessions.user('ada').list()
  expect(listed.map(({ device, ip }) => [device.label, ip]).sort()).toEqual([
    ['Chrome on Windows', '127.0.0.1'],
    ['Safari on iPhone', '203.0.113.7'],
  ])
  const onPhone = listed.filter(({ ip }) => ip === '203.0.113.7').map(({ id }) => id)
  await sessions.user('ada').end(onPhone)
  expect((await phone.get('/me')).status).toBe(401)
  expect((await laptop.get('/me')).status).toBe(200)
})

test('clients of the same app share one server, which stops with the last of them', async () => {
  const app = bareShop()
  const [one, two] = [await signInAs(app, 'ada', { signIn }), await signInAs(app, 'bob', { signIn })]
  expect(two.url.href).toBe(one.url.href)
  await one.close()
  await one.close()
  expect(await (await two.get('/me')).text()).toBe('hello bob')
  await two.close()
  await expect(two.get('/me')).rejects.toThrow('ECONNREFUSED')
  await using again = await signInAs(app, 'ada', { signIn })
  expect((await again.get('/me')).status).toBe(200)
})

test('a copy of a client has its cookies, and goes its own way', async () => {
  await using client = await signInAs(bareShop(), 'ada', { signIn })
  const copy = client.copy()
  expect((await copy.get('/me')).status).toBe(200)
  await copy.post('/login', { user: 'bob', password: 'correct' })
  expect(await (await copy.get('/me')).text()).toBe('hello bob')
  expect(client.cookies.header()).not.toBe(copy.cookies.header())
})

test('a sign-in that is refused, or leaves no cookie, is an error that says so', async () => {
  const refused = signInAs(bareShop(), 'ada', { signIn: (client) => client.post('/login', { user: 'ada' }) })
  await expect(refused).rejects.toThrow('Could not sign in as ada: POST /login was answered 403.')
  const empty = signInAs(bareShop(), 'ada', { signIn: (client) => client.post('/quick') })
  await expect(empty).rejects.toThrow('Could not sign in as ada: POST /quick was answered 401.')
  await expect(signInAs(bareShop(), 'ada', { signIn: async () => {} })).rejects.toThrow('signIn sent no request')
})

test('an unknown device, a missing signIn and what is no app are TypeErrors', async () => {
  // @ts-expect-error no such device
  await expect(signInAs(bareShop(), 'ada', { signIn, device: 'nokia' })).rejects.toThrow(
    /no device 'nokia'.*safari-iphone/,
  )
  // @ts-expect-error signIn is missing
  await expect(signInAs(bareShop(), 'ada', {})).rejects.toThrow(TypeError)
  await expect(signInAs('ftp://localhost', 'ada', { signIn })).rejects.toThrow(
    "'ftp://localhost' is no address of an app",
  )
})

test('every device is one that this package can name', async () => {
  await using sessions = await createTestSessions()
  const app = guardedShop(sessions)
  for (const device of Object.keys(DEVICES)) {
    // @ts-expect-error the names of an object are only texts to the compiler
    await using client = await signInAs(app, device, { signIn, device })
    const [session] = await sessions.user(device).list()
    const [browser = '', os = ''] = device.split('-')
    const words = { mac: 'macos', iphone: 'iphone', ipad: 'ipad' }[os] ?? os
    expect(session?.device.label.toLowerCase()).toBe(`${browser} on ${words}`)
    expect((await client.get('/me')).status).toBe(200)
  }
})
