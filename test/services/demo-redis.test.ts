import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Demo } from '../browser/demo.js'
import { Browser } from '../spec/browser.js'
import { canStartRedis } from './redis-cluster.js'
import { OwnRedis } from './redis-own.js'

const ADA = { email: 'ada@example.com', login: 'ada@example.com', password: 'correct horse' }

describe.runIf(canStartRedis())('the demo on Redis', () => {
  let server: OwnRedis
  beforeAll(async () => {
    server = await OwnRedis.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const listed = async (browser: Browser) => (await browser.json('/api/auth/sessions')).body
  const keys = async (pattern: string) =>
    String(await server.tell(['KEYS', pattern]))
      .split(',')
      .filter(Boolean)

  test('keeps sessions and records there, and who is signed in stays so over a restart of the app', async () => {
    await using demo = await Demo.start({ REDIS_URL: server.url })
    const [one, two] = [new Browser(demo.url), new Browser(demo.url)]
    expect((await one.post('/accounts/signup/', ADA)).status).toBe(303)
    expect((await two.post('/accounts/login/', ADA)).status).toBe(303)
    expect(await listed(one)).toMatchObject({ data: [{ is_current: true }, { is_current: false }] })
    expect(await keys('sess:*')).toHaveLength(2)
    expect(await keys('{user_:*}l:1')).toHaveLength(1)
    expect((await readdir(demo.dataDir)).filter((name) => !name.startsWith('app.db'))).toEqual(['secret'])

    expect(await demo.stop()).toBe(0)
    await demo.run()
    expect(await listed(one)).toMatchObject({ data: [{ is_current: true }, { is_current: false }] })
    expect((await one.post('/accounts/sessions/')).status).toBe(303)
    expect(await listed(two)).toMatchObject({ status: 401 })
    expect(await keys('sess:*')).toHaveLength(1)
    expect(await (await two.get('/accounts/login/')).text()).toContain('signed out from another of your devices')

    expect(await demo.stop()).toBe(0)
    expect(demo.output).toBe(`${demo.url}\n`)
  })

  test('says in one line, which shows no password, that a server is not there or a URL is none', async () => {
    await using demo = await Demo.start({ REDIS_URL: server.url })
    const problems = [
      [{ REDIS_URL: 'redis://app:hunter2@127.0.0.1:1' }, /^REDIS_URL: .*ECONNREFUSED.*\n$/],
      [{ REDIS_URL: 'redis://app:hunter2@db/not-a-number' }, /^REDIS_URL: .*no redis: URL\n$/],
      [{ REDIS_URL: 'http://app:hunter2@db' }, /^REDIS_URL must begin with redis:.+\n$/],
      [{ REDIS_URL: server.url, DATABASE_URL: 'postgres://app:hunter2@db/app' }, /^Set REDIS_URL or DATABASE_URL.+\n$/],
    ] as const
    for (const [env, problem] of problems) {
      const [code] = await once(demo.spawn(env), 'close')
      expect(code).toBe(1)
      expect(demo.output).toMatch(problem)
      expect(demo.output).not.toContain('hunter2')
    }
  })
})
