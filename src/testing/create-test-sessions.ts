import { randomBytes } from 'node:crypto'
import { createUserSessions, type UserIdOption, type UserSessions, type UserSessionsOptions } from '../index.js'
import { type FakeClock, fakeClock } from './fake-clock.js'

/** The longest time that `setTimeout` takes, in milliseconds. */
const NEVER = 2_147_483_647

/** Options of `createUserSessions`, all of which have a default here. */
export type TestSessionsOptions<User = string> = Partial<Omit<UserSessionsOptions<User>, 'clock'>> & {
  /** Default is `fakeClock()`. */
  readonly clock?: FakeClock
}

/** {@link UserSessions} with the clock that moves its time. `await using` closes it. */
export type TestSessions<User = string> = UserSessions<User> & AsyncDisposable & { readonly clock: FakeClock }

/**
 * Sessions for a test: in memory, with a secret of its own, on a clock that only the test moves, and nothing that runs
 * by itself. Every option of `createUserSessions` can be given.
 *
 * @throws UserSessionsError as `createUserSessions` does
 */
export function createTestSessions<User>(
  options: TestSessionsOptions<User> & UserIdOption<User>,
): Promise<TestSessions<User>>
export function createTestSessions(options?: TestSessionsOptions): Promise<TestSessions>
export function createTestSessions(
  // biome-ignore lint/suspicious/noExplicitAny: callers only see the overloads above, which tie `userId` to the rest
  { userId = (stored: string) => stored, ...rest }: TestSessionsOptions<any> & Partial<UserIdOption<unknown>> = {},
): Promise<unknown> {
  return openTestSessions({ ...rest, userId })
}

async function openTestSessions<User>({
  clock = fakeClock(),
  ...options
}: TestSessionsOptions<User> & UserIdOption<User>): Promise<TestSessions<User>> {
  const sessions = await createUserSessions<User>({
    storage: 'memory:',
    secret: randomBytes(32).toString('hex'),
    purgeInterval: 0,
    flushInterval: NEVER,
    ...options,
    clock: clock.now,
  })
  return Object.assign(sessions, { clock, [Symbol.asyncDispose]: () => sessions.close() })
}
