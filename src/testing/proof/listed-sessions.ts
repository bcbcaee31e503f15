import type { TestClient } from '../test-client.js'
import { CannotProveError } from './proof.js'

/** A session as the API lists it. */
export interface Listed {
  readonly id: string
  readonly isCurrent: boolean
}

/**
 * The sessions of the client's user.
 *
 * @throws CannotProveError when there is no API
 */
export async function listedSessions(client: TestClient, api: string): Promise<Listed[]> {
  const answer = await client.get(api)
  const body: unknown = await answer.json().catch(() => undefined)
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (answer.status !== 200 || !Array.isArray(data)) {
    throw new CannotProveError(
      `GET ${api} was answered ${answer.status} and is no list of sessions. Where is us.api() mounted?`,
    )
  }
  return data.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string'
      ? [{ id: one.id, isCurrent: 'is_current' in one && one.is_current === true }]
      : [],
  )
}
