import { join } from 'node:path'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { launchChromium, Window } from './chromium.js'
import { Demo } from './demo.js'
import { PASSWORD, Person } from './people.js'

const EMAIL = 'ada@example.com'
const HOUR = 3_600_000

/** Devices, addresses from the blocks for documentation (RFC 5737, RFC 3849), and hours since they were seen and signed in. */
const OTHERS = [
  {
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    ip: '198.51.100.24',
    seen: 0.01,
    started: 75,
  },
  {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ip: '203.0.113.80',
    seen: 5,
    started: 26,
  },
  {
    userAgent:
      'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    ip: '2001:db8:1f0:42::7',
    seen: 50,
    started: 220,
  },
]
const PRESENT = {
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.7' },
}

test.skipIf(!process.env.SCREENSHOTS)(
  'SCREENSHOTS=folder npm run test:browser takes the pictures of the sessions page',
  async () => {
    const folder = process.env.SCREENSHOTS ?? ''
    await using demo = await Demo.start({ TRUSTED_HOPS: '1' })
    for (const [index, { userAgent, ip }] of OTHERS.entries()) {
      const person = new Person(demo.url, { 'user-agent': userAgent, 'x-forwarded-for': ip })
      expect((await (index === 0 ? person.signUp(EMAIL) : person.logIn(EMAIL))).status).toBe(303)
    }
    await demo.stop()
    letTimePass(demo)
    await demo.run()
    const chromium = await launchChromium()
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, height] of [
        [1280, 660],
        [360, 780],
      ] as const) {
        await using window = await Window.open(chromium, { ...PRESENT, colorScheme, viewport: { width, height } })
        await window.logIn(demo.url, EMAIL, PASSWORD)
        expect(await window.listed()).toBe(OTHERS.length + 1)
        await window.page.screenshot({ path: join(folder, `${width}-${colorScheme}.png`) })
        await window.page.screenshot({ path: join(folder, `${width}-${colorScheme}-whole.png`), fullPage: true })
        await window.page.getByRole('button', { name: 'Log out' }).click()
      }
    }
    await chromium.close()
  },
)

/** The demo has just begun, and its sessions too: moved back in its database. */
function letTimePass(demo: Demo): void {
  const database = new Database(join(demo.dataDir, 'usersessions.db'))
  for (const { ip, seen, started } of OTHERS) {
    const [seenAt, startedAt] = [seen, started].map((hours) => Math.round(Date.now() - hours * HOUR))
    database
      .prepare('update user_sessions set last_seen_at = ?, created_at = ? where ip = ?')
      .run(seenAt, startedAt, ip)
  }
  database.close()
}
