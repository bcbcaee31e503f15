import { sql } from 'kysely'
import { UserSessionsError } from '../../errors.js'
import type { SqlContext } from './dialect.js'
import type { Runner } from './runner.js'
import { rowsOf } from './work.js'

/** Both know json_table and `skip locked` from these on. */
const LEAST = { MySQL: [8, 0, 4], MariaDB: [10, 6, 0] } as const
const MODES = ['NO_BACKSLASH_ESCAPES', 'EMPTY_STRING_IS_NULL'] as const

interface Settings {
  readonly version: string
  readonly mode: string
  readonly charset: string
  readonly autocommit: number
}

/**
 * Checks that a server and its connections are of a kind on which our statements mean what they say.
 *
 * @throws UserSessionsError `option_invalid`
 */
export async function checkMysql(runner: Runner, { db }: SqlContext): Promise<void> {
  const query = sql<Settings>`select version() as version, @@sql_mode as mode, @@character_set_client as charset,
    @@autocommit as autocommit`
  const [found] = await runner.run(() => rowsOf({ compile: () => query.compile(db) }))
  const problem = found && problemOf(found)
  if (problem) throw new UserSessionsError('option_invalid', `Option 'storage': ${problem}`)
}

function problemOf({ version, mode, charset, autocommit }: Settings): string | undefined {
  const product = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL'
  // MariaDB may put "5.5.5-" before its version, for old replicas.
  const numbers = version
    .replace(/^5\.5\.5-/, '')
    .split('.', 3)
    .map((part) => Number.parseInt(part, 10))
  if (isBefore(numbers, LEAST[product]))
    return `the server is ${product} ${numbers.join('.')}, and ${LEAST[product].join('.')} is the least that will do.`
  if (charset !== 'utf8mb4')
    return `the connections of the pool are in ${charset}, which cannot hold every user id. Set \`charset: 'utf8mb4'\` in the pool.`
  const wrong = MODES.find((name) => mode.split(',').includes(name))
  if (wrong)
    return `the connections of the pool have the sql_mode ${wrong}, which changes what text means. Take it out.`
  if (Number(autocommit) !== 1) return 'the connections of the pool have autocommit off. Leave it on.'
  return undefined
}

function isBefore(version: readonly number[], least: readonly number[]): boolean {
  for (const [n, part] of least.entries()) {
    const own = version[n] ?? 0
    if (own !== part) return own < part
  }
  return false
}
