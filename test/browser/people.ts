import { Browser } from '../spec/browser.js'

/** Long enough for the demo. */
export const PASSWORD = 'correct horse battery'

/** A session as the demo's API tells it. */
export interface ApiSession {
  readonly id: string
  readonly ip: string | null
  readonly user_agent: string | null
  readonly created_at: number
  readonly last_seen_at?: number
  readonly is_current: boolean
  readonly device: { readonly label: string }
}

/** A client of the demo that is no browser: it has cookies and headers, and reads JSON. */
export class Person extends Browser {
  signUp(email: string, password = PASSWORD): Promise<Response> {
    return this.post('/accounts/signup/', { email, password })
  }

  logIn(login: string, password = PASSWORD): Promise<Response> {
    return this.post('/accounts/login/', { login, password })
  }

  /** What the API lists. */
  async sessions(): Promise<readonly ApiSession[]> {
    const { status, body } = await this.json('/api/auth/sessions')
    if (status === 200 && isList(body)) return body.data
    throw new Error(`The API answered ${status}.`)
  }

  async end(...ids: readonly string[]): Promise<{ status: number; body: unknown }> {
    return this.json('/api/auth/sessions', 'DELETE', { sessions: ids })
  }
}

function isList(body: unknown): body is { readonly data: readonly ApiSession[] } {
  return typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data)
}
