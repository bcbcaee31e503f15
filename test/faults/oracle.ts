import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { SessionRecord } from '../../src/session.js'
import type { Storage } from '../../src/storage/storage.js'
import type { Chance } from './chance.js'
import type { ChildAppOptions, ToldChange } from './child-app.js'
import { keyOf, printOf, type TestClient } from './clients.js'
import type { KnownSession } from './known-session.js'
import { type Life, nameOf } from './life.js'

/** Of what a machine that is busy with other things may be late. Milliseconds. */
const ALLOWANCE = 150
/** Of the sessions that ended in earlier lives, so many are tried again after each kill; after the last one all are. */
const TRIED_AGAIN = 5
const PROXY: TestClient = { ip: '93.200.0.1', userAgent: 'proxy' }

/** Knows what was answered, and holds the app to it after each kill. */
export class Oracle {
  readonly sessions: KnownSession[] = []
  /** Changes that were written and, for the kill, not told. */
  lost = 0
  #toldSoFar = 0
  readonly #settled = new Set<KnownSession>()

  constructor(
    private readonly storage: Pick<Storage, 'get'>,
    private readonly app: Pick<ChildAppOptions, 'told' | 'touchInterval' | 'flushInterval'>,
    private readonly chance: Chance,
  ) {}

  /** What was promised in the life that is over, against what is there in the next one. */
  async check(dead: Life, life: Life, tryAll: boolean): Promise<void> {
    await this.#learnIds(life)
    const records = await this.#records(tryAll)
    for (const [session, record] of records) this.#checkRecord(session, record, dead)
    this.#hearTold()
    for (const [session, record] of records) this.#checkHistory(session, record)
    await Promise.all([...records.keys()].map((session) => this.#visitAgain(session, life)))
    expect((await life.ask({ path: '/settle', method: 'POST', client: PROXY }))?.status).toBe(200)
    this.#hearTold()
    for (const [session, record] of records) this.#checkChanges(session, record, dead)
    await this.#checkLists(life)
    for (const session of records.keys()) this.#turnPage(session)
  }

  /** A sign-in that was answered is listed. */
  async #learnIds(life: Life): Promise<void> {
    for (const session of this.sessions.filter(({ id }) => id === undefined)) {
      const ids = await life.list(session)
      session.id = ids?.[0]
      expect(session.id, `is listed: ${nameOf(session)}`).toBeDefined()
    }
  }

  async #records(tryAll: boolean): Promise<Map<KnownSession, SessionRecord>> {
    const settled = [...this.#settled]
    const again = tryAll ? settled : Array.from({ length: TRIED_AGAIN }, () => this.chance.of(settled))
    const tried = this.sessions.filter((one) => !this.#settled.has(one) || again.includes(one))
    const records = new Map<KnownSession, SessionRecord>()
    for (const session of tried) {
      const record = await this.storage.get(session.user, session.id ?? '')
      if (!record) throw new Error(`has no record: ${nameOf(session)}`)
      records.set(session, record)
    }
    return records
  }

  #checkRecord(session: KnownSession, { endedAt, lastSeenAt }: SessionRecord, dead: Life): void {
    if (session.state === 'ending') session.state = endedAt === null ? 'live' : 'ended'
    expect(endedAt === null, `ended, as its record says: ${nameOf(session)}`).toBe(session.state === 'live')
    expect(lastSeenAt, `last seen goes on: ${nameOf(session)}`).toBeGreaterThanOrEqual(session.lastSeenAt)
    session.lastSeenAt = lastSeenAt
    if (session.state === 'ended') return
    const { touchInterval, flushInterval } = this.app
    const written = dead.killedAt - touchInterval - flushInterval - ALLOWANCE - dead.slowest
    for (const { sentAt, answeredAt } of session.visits) {
      if (answeredAt <= written) session.seenAtLeast = Math.max(session.seenAtLeast, sentAt)
    }
    const behind = session.seenAtLeast - lastSeenAt
    expect(behind, `last seen is behind by so many ms too much: ${nameOf(session)}`).toBeLessThanOrEqual(0)
    session.visits = []
  }

  /** Each change is told once, and of a client that was there. */
  #hearTold(): void {
    const lines = readFileSync(this.app.told, 'utf8').split('\n').slice(0, -1)
    for (const line of lines.slice(this.#toldSoFar)) {
      const told: ToldChange = JSON.parse(line)
      const session = this.sessions.find(({ id }) => id === told.session)
      const change = session?.changes.find(({ client }) => keyOf(client) === keyOf(told))
      if (!session || !change) throw new Error(`told of a client that was not there: ${line}`)
      change.told++
      expect(change.told, `told once: ${line}, ${nameOf(session)}`).toBe(1)
      expect(change.isLost, `not told late: ${line}, ${nameOf(session)}`).toBe(false)
    }
    this.#toldSoFar = lines.length
  }

  /** What was told stands in the record's history: it was written before. */
  #checkHistory(session: KnownSession, { knownClients }: SessionRecord): void {
    for (const { client, told } of session.changes) {
      if (told > 0) expect(knownClients ?? '', `${keyOf(client)} of ${nameOf(session)}`).toContain(printOf(client))
    }
  }

  /** A session is as it was, and so are its clients: those that were not told come once more, and one of all. */
  async #visitAgain(session: KnownSession, life: Life): Promise<void> {
    const { first, clients, changes, state } = session
    await life.visit(session, this.chance.of(clients) ?? first)
    if (state === 'ended') return
    for (const { client, told, isLost } of changes) if (told === 0 && !isLost) await life.visit(session, client)
  }

  /**
   * Each change is told by now: or the kill came between writing and telling it. A session's changes are written one by one, so
   * that can be but one of them, and of one whose visit had just been answered, if at all.
   */
  #checkChanges(session: KnownSession, { knownClients }: SessionRecord, dead: Life): void {
    if (session.state === 'ended') return
    const untold = session.changes.filter(({ told, isLost }) => told === 0 && !isLost)
    expect(untold.length, `changes are told: ${nameOf(session)}`).toBeLessThanOrEqual(1)
    for (const change of untold) {
      const isJustWritten = (change.answeredAt ?? 0) > dead.killedAt - ALLOWANCE - dead.slowest
      const isLost = isJustWritten && (knownClients ?? '').includes(printOf(change.client))
      expect(isLost, `told of ${keyOf(change.client)}, or killed meanwhile: ${nameOf(session)}`).toBe(true)
      change.isLost = true
      this.lost++
    }
  }

  /** A list has every session that is live, and none that has ended. */
  async #checkLists(life: Life): Promise<void> {
    const live = this.sessions.filter(({ state }) => state === 'live')
    const check = async (session: KnownSession) => {
      const listed = await life.list(session)
      const own = this.sessions.filter(({ user }) => user === session.user)
      expect(listed, nameOf(session)).toEqual(expect.arrayContaining(idsOf(own, 'live')))
      expect(idsOf(own, 'ended').filter((id) => listed?.includes(id ?? ''))).toEqual([])
    }
    await Promise.all([...new Map(live.map((one) => [one.user, one])).values()].map(check))
  }

  /** All visits are written now; those of lists are not among them. */
  #turnPage(session: KnownSession): void {
    session.seenAtLeast = Math.max(session.seenAtLeast, ...session.visits.map(({ sentAt }) => sentAt))
    session.visits = []
    if (session.state === 'ended') this.#settled.add(session)
  }
}

function idsOf(sessions: readonly KnownSession[], state: KnownSession['state']): (string | undefined)[] {
  return sessions.filter((one) => one.state === state).map(({ id }) => id)
}
