import { isObject, OURS } from './session-data.js'

/** How far the refresh tokens of a session have come; lies in the record beside the app's own data. */
export interface Turns {
  /** Of the newest token; the one from the sign-in is 0. */
  readonly generation: number
  /** When it was made, unix milliseconds. */
  readonly at: number
  /** A hash of the client that it was made for. */
  readonly client: string
}

/** What no refresh has been made of yet. */
const NONE: Turns = { generation: 0, at: 0, client: '' }

/** Reads what {@link withTurns} wrote. */
export function readTurns(text: string | null): Turns {
  if (text === null || !text.includes(OURS)) return NONE
  try {
    const data: unknown = JSON.parse(text)
    const ours = isObject(data) ? data[OURS] : undefined
    if (!isObject(ours)) return NONE
    const { generation, at, client } = ours
    if (typeof generation !== 'number' || typeof at !== 'number' || typeof client !== 'string') return NONE
    return { generation, at, client }
  } catch {
    return NONE
  }
}

/** The app's data with these beside it. */
export function withTurns(text: string | null, turns: Turns): string | null {
  if (turns.generation === 0) return text
  const data: unknown = text === null ? {} : JSON.parse(text)
  return JSON.stringify({ ...(isObject(data) ? data : {}), [OURS]: turns })
}
