import { randomBytes } from 'node:crypto'
import Koa from 'koa'
import mount from 'koa-mount'
import koaSession from 'koa-session'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { forKoa, type KoaSessionStore } from '../../src/bindings/koa.js'
import { createUserSessions } from '../../src/index.js'
import { SECRET } from '../contract/contract-app.js'
import { listening } from '../contract/listening.js'
import { Browser } from '../spec/browser.js'
import { fakeClock } from '../spec/fake-clock.js'
import { hasRedis, REDIS_URL } from './redis-server.js'

interface Fields {
  userId?: string
}

const openRedis = () => createClient({ url: REDIS_URL })

/** As docs/koa.md has it; counts its look-ups in bulk. */
function redisStore(redis: ReturnType<typeof openRedis>, prefix: string) {
  const inBulk: number[] = []
  const store: KoaSessionStore<Fields> = {
    async get(key) {
      const text = await redis.get(prefix + key)
      return text === null ? undefined : JSON.parse(text)
    },
    async set(key, data, maxAge) {
      await redis.set(prefix + key, JSON.stringify(data), { PX: typeof maxAge === 'number' ? maxAge : 86_400_000 })
    },
    async destroy(key) {
      await redis.del(prefix + key)
    },
    async existing(keys) {
      inBulk.push(keys.length)
      const counts = await Promise.all(keys.map((key) => redis.exists(prefix + key)))
      return keys.filter((_, index) => counts[index] === 1)
    },
  }
  return { store, inBulk }
}

async function openApp() {
  const redis = openRedis()
  await redis.connect()
  const prefix = `usersessions-test-koa-${randomBytes(6).toString('hex')}:`
  const { store, inBulk } = redisStore(redis, prefix)
  const clock = fakeClock(Date.now())
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, clock: clock.now })
  const us = forKoa(sessions, { user: (data: Fields) => data.userId })
  const app = new Koa()
  app.keys = [SECRET]
  app.use(us.session(koaSession, { store }, app))
  app.use(mount('/accounts', us.page()))
  app.use(async (ctx) => {
    if (ctx.path === '/login') {
      ctx.session = { userId: 'ada' }
      await ctx.session.regenerate()
    }
    ctx.body = { user: ctx.userSessions.user ?? null, reason: ctx.userSessions.ended?.reason ?? null }
  })
  const { url, close } = await listening(app.listen(0, '127.0.0.1'))
  const keys = async () => (await redis.keys(`${prefix}*`)).map((key) => key.slice(prefix.length))
  const dispose = async () => {
    await close()
    await sessions.close()
    for (const key of await keys()) await redis.del(prefix + key)
    redis.destroy()
  }
  return { url, sessions, clock, inBulk, keys, redis, prefix, [Symbol.asyncDispose]: dispose }
}

test.runIf(await hasRedis())('koa-session on Redis: an end reaches the store, and a list asks it once', async () => {
  await using opened = await openApp()
  const { url, sessions, clock, inBulk, keys, redis, prefix } = opened
  const browsers = [new Browser(url), new Browser(url), new Browser(url)] as const
  for (const browser of browsers) expect((await browser.post('/login')).status).toBe(200)
  const [one, two] = browsers
  expect(await keys()).toHaveLength(3)

  clock.advance(60_000)
  inBulk.length = 0
  expect(await sessions.user('ada').list()).toHaveLength(3)
  expect(inBulk).toEqual([3])

  const current = one.cookies.get('koa.sess') ?? ''
  const [gone = ''] = (await keys()).filter((key) => key !== current)
  await redis.del(prefix + gone)
  expect(await sessions.user('ada').list()).toHaveLength(2)

  expect((await one.post('/accounts/sessions/')).status).toBe(303)
  expect(await keys()).toEqual([current])
  expect((await two.json('/')).body).toMatchObject({ user: null })
  expect((await one.json('/')).body).toMatchObject({ user: 'ada' })
})
