import { describe, expect, test } from 'vitest'
import { type Admitted, createUserSessions, type RecordsEngine } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { fakeClock } from '../spec/fake-clock.js'
import { keptLog } from '../spec/kept-log.js'
import { SECRET } from './contract-app.js'

const SOURCE = { header: () => undefined, remoteAddress: '127.0.0.1' }

/** An engine whose sessions are carried by clients, and what the contract needs to drive it. */
export interface RecordsSubject<Request extends object> {
  readonly engine: RecordsEngine<Request>
  /** A request with a good token for this session, or with none. */
  request(claims?: { readonly key: string; readonly user: string }): Request
  /** How often its client was told to forget. */
  cleared(request: Request): number
  /** What becomes of a request whose session has ended. Default is `must-answer`. */
  readonly refused?: Admitted
}

/** What the port promises of sessions that no store vouches for, asked of the engine and through a binding of it. */
export function recordsEngineContract<Request extends object>(name: string, open: () => RecordsSubject<Request>): void {
  async function bound() {
    const subject = { refused: 'must-answer', ...open() }
    const clock = fakeClock()
    const storage = memoryStorage({ clock: clock.now })
    const sessions = await createUserSessions({ storage, secret: SECRET, clock: clock.now, logger: keptLog() })
    const binding = sessions.bind(subject.engine, {})
    const admit = async (request: Request) => binding.open(request, SOURCE, () => binding.admit(request))
    const signIn = async (user: string) => {
      const request = subject.request()
      await admit(request)
      return { key: (await binding.of(request).issue(user)).key, user }
    }
    return { ...subject, clock, storage, sessions, binding, admit, signIn }
  }

  describe(`${name}: records are the only authority`, () => {
    test('a request without a session has none, and is anonymous', async () => {
      const { engine, request, admit } = await bound()
      expect(engine.authority).toBe('records')
      expect(engine.current(request())).toBeUndefined()
      expect(await admit(request())).toBe('anonymous')
    })

    test('the key and the user are told as they were issued', async () => {
      const { engine, request, signIn } = await bound()
      const claims = await signIn('ada')
      expect(engine.current(request(claims))).toMatchObject({ ...claims, marker: undefined })
    })

    test('a visit does not move the end of the record', async () => {
      const { request, signIn, admit, clock, sessions } = await bound()
      const claims = await signIn('ada')
      const ends = async () => (await sessions.user('ada').list())[0]?.expiresAt
      const before = await ends()
      clock.advance(60_000)
      expect(await admit(request(claims))).toBe('live')
      await sessions.flush()
      expect(await ends()).toEqual(before)
    })

    test('an ended session is answered or goes on as nobody’s, and its client forgets it when it is told so', async () => {
      const { request, cleared, signIn, admit, sessions, binding, refused: outcome } = await bound()
      const claims = await signIn('ada')
      await sessions.user('ada').endAll()
      const refused = request(claims)
      expect(await admit(refused)).toBe(outcome)
      expect([binding.of(refused).user, binding.of(refused).ended?.reason]).toEqual([undefined, 'app'])
      expect(cleared(refused)).toBe(0)
      expect(binding.refusal({ method: 'GET', path: '/', accept: undefined })?.status).toBe(401)
      expect(cleared(refused)).toBe(0)
      await binding.of(refused).tellEnded()
      expect(cleared(refused)).toBe(1)
    })

    test('a key that nobody issued, and one issued to another, is refused, and no record is made of it', async () => {
      const { request, signIn, admit, sessions, refused } = await bound()
      const { key } = await signIn('ada')
      for (const claims of [
        { key: 'made up', user: 'bob' },
        { key, user: 'bob' },
      ]) {
        expect(await admit(request(claims))).toBe(refused)
      }
      expect(await sessions.user('bob').list()).toEqual([])
    })

    test('a sign-out ends the record, and the client forgets', async () => {
      const { request, cleared, signIn, admit, sessions, binding, refused } = await bound()
      const claims = await signIn('ada')
      const leaving = request(claims)
      await admit(leaving)
      await binding.of(leaving).signOut()
      expect(cleared(leaving)).toBe(1)
      expect(await admit(request(claims))).toBe(refused)
      expect((await sessions.user('ada').history())[0]?.endReason).toBe('user')
    })

    test('with the storage away nobody can tell, which is a fault and no refusal', async () => {
      const { request, signIn, admit, storage, clock } = await bound()
      const claims = await signIn('ada')
      await storage.close()
      clock.advance(60_000)
      await expect(admit(request(claims))).rejects.toMatchObject({ code: 'storage_unavailable' })
    })

    test('there is no store to guard', async () => {
      const { binding } = await bound()
      expect(() => Reflect.apply(binding.guard, binding, [{}])).toThrow(/no store to guard/)
    })
  })
}
