import { type ListedSession, placeText } from '../index.js'
import { type Command, UsageError } from './command.js'
import { STORAGE_FLAGS } from './common-flags.js'
import { plainJson } from './plain-json.js'
import { plainText } from './plain-text.js'

const HEADINGS = ['ID', 'DEVICE', 'IP', 'LAST SEEN', 'CREATED', 'USER AGENT']

/** Lists a user's live sessions. */
export const list: Command = {
  name: 'list',
  usage: 'USER',
  summary: "List a user's sessions",
  flags: { ...STORAGE_FLAGS, json: { type: 'boolean', help: 'As JSON' } },
  async run(call) {
    const [user, ...more] = call.positionals
    if (!user || more.length > 0) throw new UsageError('list takes one user id.')
    const sessions = await call.open({ places: true })
    const listed = await sessions.user(user).list()
    if (call.given('json')) call.out(plainJson(listed.map(({ isCurrent: _isCurrent, ...session }) => session)))
    else if (listed.length === 0) call.out(`User ${plainText(user)} has no live sessions.`)
    else for (const line of table([HEADINGS, ...listed.map(row)])) call.out(line)
    return 0
  },
}

function row({ id, name, device, ip, place, lastSeenAt, createdAt, userAgent }: ListedSession): string[] {
  const location = placeText(place)
  const address = `${ip ?? '-'}${location === null ? '' : ` (approx. ${location})`}`
  return [id, name ?? device.label, address, at(lastSeenAt), at(createdAt), userAgent ?? '-'].map(plainText)
}

function at(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** Columns of equal width, but for the last. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
