import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from './chance.js'
import { newClient } from './clients.js'
import { KnownSession } from './known-session.js'
import type { Life } from './life.js'

const USERS = ['ann', 'bob', 'cid']
/** At once, each with one request under way. */
const PEOPLE = 6
const FEWEST = 4
const MOST = 10
/** Fewer than a record keeps in mind. */
const MOST_CHANGES = 10
/** Milliseconds. */
const LONGEST_PAUSE = 15

/** People who use the app, side by side, until its life is over. What is answered goes into `sessions`. */
export async function traffic(life: Life, sessions: KnownSession[], chance: Chance): Promise<void> {
  const person = async () => {
    while (!life.isOver) {
      await act(life, sessions, chance)
      await pause(chance.next() * LONGEST_PAUSE)
    }
  }
  await Promise.all(Array.from({ length: PEOPLE }, person))
}

async function act(life: Life, sessions: KnownSession[], chance: Chance): Promise<void> {
  const live = sessions.filter(({ state }) => state === 'live')
  const session = chance.of(live)
  const dice = chance.next()
  if (!session || live.length < FEWEST || (dice < 0.08 && live.length < MOST)) return signIn(life, sessions, chance)
  if (dice < 0.16) return end(life, session, live, chance)
  if (dice < 0.2) return life.visit(chance.of(sessions) ?? session, session.first)
  const isNew = dice < 0.5 && session.changes.length < MOST_CHANGES
  const client = isNew ? newClient(chance, session.clients) : chance.of(session.clients)
  return life.visit(session, client ?? session.first)
}

async function signIn(life: Life, sessions: KnownSession[], chance: Chance): Promise<void> {
  const user = chance.of(USERS) ?? ''
  const client = newClient(chance, [])
  const answer = await life.ask({ path: `/login?user=${user}`, method: 'POST', client })
  if (!answer) return
  if (answer.status !== 200 || answer.cookie === undefined) throw new Error(`A sign-in was answered ${answer.status}`)
  const session = new KnownSession(user, answer.cookie, client)
  sessions.push(session)
  const ids = await life.list(session)
  session.id = ids?.[0]
}

/** Ends one session of a user's, from itself or from another. */
async function end(life: Life, from: KnownSession, live: readonly KnownSession[], chance: Chance): Promise<void> {
  const ended = chance.of(live.filter(({ user, id }) => user === from.user && id !== undefined))
  if (!ended) return
  ended.state = 'ending'
  const answer = await life.ask({
    path: '/api/auth/sessions',
    method: 'DELETE',
    client: from.first,
    cookie: from.cookie,
    body: { sessions: [ended.id] },
  })
  // 401 is the answer to one who ends itself, and to one who was ended meanwhile.
  if (answer?.status === 200 || (answer?.status === 401 && ended === from)) ended.state = 'ended'
  else if (answer && (answer.status !== 401 || from.state === 'live')) {
    throw new Error(`An end was answered ${answer.status}: ${answer.text}`)
  }
}
