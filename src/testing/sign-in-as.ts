import { type DeviceName, userAgentOf } from './devices.js'
import { type AppUnderTest, openApp } from './open-app.js'
import { TestClient } from './test-client.js'

/** How {@link signInAs} signs in. */
export interface SignInAs<User> {
  /** Signs in through the app's own login: `(client, user) => client.post('/login', { user, password: '…' })`. */
  readonly signIn: (client: TestClient, user: User) => Promise<unknown>
  /** The browser it passes for. Default is `chrome-windows`. */
  readonly device?: DeviceName
  /** Sent as `X-Forwarded-For`: the app sees it when it trusts a proxy (`trustedProxies: 1`). Default is the real one. */
  readonly ip?: string
}

/**
 * Signs a user in to the app, for its own tests.
 *
 * @param app a URL, an `http.Server` or a request listener; one that does not run is started on a loopback port, and stopped
 * with the last of its clients
 * @returns a client with the session's cookies. Close it, or take it with `await using`
 * @throws Error when the app refuses, or gives no cookie
 */
export async function signInAs<User>(
  app: AppUnderTest,
  user: User,
  { signIn, device = 'chrome-windows', ip }: SignInAs<User>,
): Promise<TestClient> {
  if (typeof signIn !== 'function') {
    throw new TypeError(
      "signInAs needs `signIn`: how your app's own login is used, `(client, user) => client.post(…)`.",
    )
  }
  const headers = { 'user-agent': userAgentOf(device), ...(ip === undefined ? {} : { 'x-forwarded-for': ip }) }
  const client = new TestClient(await openApp(app), headers)
  try {
    await signIn(client, user)
    checkSignedIn(client, String(user))
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

function checkSignedIn({ cookies, last }: TestClient, user: string): void {
  const answer = last ? `${last.request} was answered ${last.status}` : 'signIn sent no request'
  if (last && last.status >= 400) throw new Error(`Could not sign in as ${user}: ${answer}.`)
  if (cookies.size === 0) throw new Error(`Signing in as ${user} left no cookie: ${answer}.`)
}
