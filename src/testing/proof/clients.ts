import type { OpenApp } from '../open-app.js'
import { TestClient } from '../test-client.js'
import { listedSessions } from './listed-sessions.js'
import type { ProofOptions } from './proof.js'

/** So that an app's own lists and logs tell the sessions of a proof from those of people. */
const HEADERS = { 'user-agent': 'usersessions-prove' }

/** Every client of a proof: none is to be left signed in. */
export class Clients {
  readonly #all: TestClient[] = []

  constructor(private readonly app: OpenApp) {}

  /** One that has no cookies yet. */
  make(): TestClient {
    return this.#kept(new TestClient({ url: this.app.url, close: async () => {} }, HEADERS))
  }

  /** Another one with the cookies that this one has now. */
  copy(client: TestClient): TestClient {
    return this.#kept(client.copy())
  }

  /** Signs all of them out, in the first way that the app has. What fails leaves a session behind, and the proof as it is. */
  async signOut(options: ProofOptions): Promise<void> {
    for (const client of this.#all) {
      if (client.cookies.size > 0) await signOutOne(client, options).catch(() => undefined)
    }
  }

  #kept(client: TestClient): TestClient {
    this.#all.push(client)
    return client
  }
}

async function signOutOne(client: TestClient, { signOut, api, end }: ProofOptions): Promise<void> {
  if (typeof signOut === 'string') await client.post(signOut)
  else if (signOut) await signOut(client)
  else if (api !== undefined) await endCurrent(client, api)
  else await end?.(client)
}

async function endCurrent(client: TestClient, api: string): Promise<void> {
  const sessions = (await listedSessions(client, api)).filter(({ isCurrent }) => isCurrent).map(({ id }) => id)
  if (sessions.length > 0) await client.json(api, { sessions }, 'DELETE')
}
