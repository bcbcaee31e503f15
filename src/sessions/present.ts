import type { Device, Ending, Place, SessionData, SessionRecord, UserSession } from '../session.js'
import { parseData } from './session-data.js'

/** What turns a record into what the app sees. */
export interface Presenter<User, Data extends SessionData> {
  readonly toUser: (stored: string) => User
  readonly toData: (stored: SessionData) => Data
  readonly describe: (userAgent: string | null, hints: string | null) => Device
  readonly locate: (ip: string | null) => Place | null
  /** When everyone was signed out: a record from before that is ended, whatever its row says. */
  readonly everyone: () => Ending | undefined
}

/** A record in its public form: without keys, with dates, a device, a place and the app's own types. */
export function present<User, Data extends SessionData>(
  presenter: Presenter<User, Data>,
  record: SessionRecord,
): UserSession<User, Data> {
  const everyone = presenter.everyone()
  const ending =
    record.endedAt === null && everyone && record.createdAt <= everyone.at
      ? everyone
      : { at: record.endedAt, reason: record.endReason, by: record.endedBy }
  return {
    id: record.id,
    user: presenter.toUser(record.userId),
    ip: record.ip,
    userAgent: record.userAgent,
    device: presenter.describe(record.userAgent, record.hints),
    place: presenter.locate(record.ip),
    createdAt: new Date(record.createdAt),
    lastSeenAt: new Date(record.lastSeenAt),
    authenticatedAt: new Date(record.authenticatedAt),
    expiresAt: new Date(record.expiresAt),
    endedAt: ending.at === null ? null : new Date(ending.at),
    endReason: ending.reason,
    endedBy: ending.by,
    name: record.name,
    data: presenter.toData(parseData(record.data)),
  }
}
