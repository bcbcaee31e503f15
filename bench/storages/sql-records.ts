import type { SessionRecord } from '../../src/index.js'
import type { BareRecords, Filling } from './bench-storage.js'
import { DAY, EXPIRES, IP, NOW, USER_AGENT } from './bench-storage.js'

const COLUMNS = [
  ...['user_id', 'id', 'key_hash', 'sealed_key', 'ip', 'user_agent', 'created_at', 'last_seen_at', 'authenticated_at'],
  ...['expires_at', 'purge_after'],
]
const AT_ONCE = 1000

/** What differs between SQL databases. */
export interface SqlFlavour {
  run(text: string, values: readonly unknown[]): Promise<readonly object[]>
  placeholder(position: number): string
  /** An id as a parameter. */
  id(id: string): unknown
  /** Where the numbers `i` from 0 come from. */
  numbers(count: number): string
  /** Expressions over `i`. */
  readonly made: Readonly<Record<'id' | 'keyHash' | 'sealedKey', string>> & { user(number: string): string }
  touch(rows: readonly number[], at: number): Promise<void>
  settle(): Promise<void>
}

/** Our tables, by plain SQL over the driver. */
export function sqlRecords(flavour: SqlFlavour): BareRecords {
  const { run, placeholder, id } = flavour
  const [first, second] = [placeholder(1), placeholder(2)]
  const count = async (where: string, values: readonly unknown[]) =>
    Number(Reflect.get((await run(`select count(*) as n from user_sessions ${where}`, values))[0] ?? {}, 'n'))
  return {
    async fill(filling) {
      await run(filler(flavour, filling), [])
    },
    async insert(records) {
      for (let from = 0; from < records.length; from += AT_ONCE) {
        const chunk = records.slice(from, from + AT_ONCE)
        await run(
          insertion(flavour, chunk.length),
          chunk.flatMap((record) => valuesOf(flavour, record)),
        )
      }
    },
    async insertOne(record) {
      await run(insertion(flavour, 1), valuesOf(flavour, record))
    },
    async list(userId) {
      const live = `select * from user_sessions where user_id = ${first} and ended_at is null`
      return (await run(`${live} order by created_at desc, id desc`, [userId])).length
    },
    async endOthers(userId, except) {
      await run(
        `update user_sessions set ended_at = ${NOW}, end_reason = 'user' where user_id = ${first} and id <> ${second} and ended_at is null`,
        [userId, id(except)],
      )
    },
    touch: flavour.touch,
    live: (userId) => count(`where user_id = ${first} and ended_at is null`, [userId]),
    count: () => count('', []),
    settle: flavour.settle,
  }
}

/** The older half is stale, as of a table that was filled day by day, by users who come in no order. */
function filler({ made, numbers }: SqlFlavour, { rows, halfStale = false }: Filling): string {
  const age = `floor(i / ${Math.ceil(rows / 60)}) - 31`
  const expires = halfStale ? `case when i < ${rows / 2} then ${NOW} + (${age}) * ${DAY} else ${EXPIRES} end` : EXPIRES
  const user = made.user(halfStale ? `(i * 7919) % ${rows}` : 'i')
  const values = [user, made.id, made.keyHash, made.sealedKey, `'${IP}'`, `'${USER_AGENT}'`]
  return `insert into user_sessions (${COLUMNS.join(', ')})
    select ${[...values, NOW, NOW, NOW, expires, expires].join(', ')} from ${numbers(rows)}`
}

function insertion({ placeholder }: SqlFlavour, rows: number): string {
  const one = (row: number) => COLUMNS.map((_, column) => placeholder(row * COLUMNS.length + column + 1)).join(', ')
  const tuples = Array.from({ length: rows }, (_, row) => `(${one(row)})`)
  return `insert into user_sessions (${COLUMNS.join(', ')}) values ${tuples.join(', ')}`
}

function valuesOf({ id }: SqlFlavour, record: SessionRecord): unknown[] {
  const { userId, keyHash, sealedKey, ip, userAgent, createdAt, lastSeenAt, authenticatedAt, expiresAt } = record
  const purgeAfter = Math.ceil(expiresAt / DAY) * DAY
  const times = [createdAt, lastSeenAt, authenticatedAt, expiresAt, purgeAfter]
  return [userId, id(record.id), keyHash, sealedKey, ip, userAgent, ...times]
}
