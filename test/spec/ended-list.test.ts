import { expect, test } from 'vitest'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'

const PAGE = '/accounts/sessions/'
const DAY = 86_400_000

test('the page tells what has ended lately, why and by whom, for one query more than the list', async () => {
  const { storage, takeStatements } = await countedStorage()
  await using app = await startApp({ sessions: { storage } })
  const [ada, other, third] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  const [first] = await app.sessions.user('ada').list()
  await ada.get(PAGE)
  takeStatements()
  await ada.json('/api/auth/sessions')
  const listed = takeStatements().length

  await other.signIn('ada')
  await third.signIn('ada')
  await other.post('/logout')
  const others = (await app.sessions.user('ada').list()).filter(({ id }) => id !== first?.id)
  await app.sessions.user('ada').end(
    others.map(({ id }) => id),
    { reason: 'admin', by: 'admin:grace' },
  )
  await new Browser(app.url).signIn('bob')
  await app.sessions.user('bob').endAll({ reason: 'blocked' })

  await ada.get(PAGE)
  takeStatements()
  const page = await (await ada.get(PAGE)).text()
  expect(takeStatements()).toHaveLength(listed + 1)
  for (const text of ['Signed out</span>', 'Ended by an administrator (<bdi>grace</bdi>)']) expect(page).toContain(text)
  expect(page).not.toContain('Account blocked')
})

test('what ended more than 30 days ago is not on the page, and a history can be cut', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now, retention: 90 * DAY } })
  for (const reason of ['limit', 'blocked'] as const) {
    await new Browser(app.url).signIn('ada')
    await app.sessions.user('ada').endAll({ reason })
    clock.advance(20 * DAY)
  }
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const page = await (await ada.get(PAGE)).text()
  expect(page).toContain('Account blocked')
  expect(page).not.toContain('Pushed out')
  const reasons = async (limit?: number) =>
    (await app.sessions.user('ada').history(limit === undefined ? {} : { limit })).map(({ endReason }) => endReason)
  expect(await reasons()).toEqual(['blocked', 'limit'])
  expect(await reasons(1)).toEqual(['blocked'])
})
