import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Storage } from '../../../src/storage/storage.js'
import { Stage } from '../../../src/testing/storage/stage.js'

/** Databases whose released tables are kept in `frozen/`. */
export type FrozenDialect = 'sqlite' | 'postgres' | 'mysql'

/** The statements of each version as they were released, meta's table as version 0. */
export function frozenStatements(dialect: FrozenDialect): string[][] {
  const text = readFileSync(join(import.meta.dirname, `frozen/${dialect}.sql`), 'utf8')
  const versions = text.split(/^-- version \d+\n/m).slice(1)
  return versions.map((part) => part.split(';\n').slice(0, -1))
}

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const LIVE = '0199aaaa-0000-7000-8000-000000000001'
const ENDED = '0199aaaa-0000-7000-8000-000000000002'

/** What makes the tables of a version as that version made them, with a live session, an ended one and a blocked user in them. */
export function oldTables(dialect: FrozenDialect, version: number): string[] {
  const bytes = (hex: string) => (dialect === 'postgres' ? `'\\x${hex}'` : `x'${hex}'`)
  const id = (uuid: string) => (dialect === 'postgres' ? `'${uuid}'` : bytes(uuid.replaceAll('-', '')))
  const session = (uuid: string, key: string, ended: string) =>
    `insert into user_sessions (user_id, id, key_hash, sealed_key, ip, user_agent, created_at, last_seen_at, authenticated_at,
      expires_at, purge_after, ended_at, end_reason, ended_by, end_id, name, data) values ('alice', ${id(uuid)}, ${bytes(key.repeat(32))},
      ${bytes('0102')}, '203.0.113.7', 'Agent/1.0', ${NOW}, ${NOW + 1}, ${NOW}, ${NOW + HOUR}, ${NOW + 24 * HOUR}, ${ended}, null, 'Laptop', '{"a":1}')`
  return [
    ...frozenStatements(dialect)
      .slice(0, version + 1)
      .flat(),
    session(LIVE, 'aa', 'null, null, null'),
    session(ENDED, 'bb', `${NOW + 5}, 'admin', 'ops'`),
    `insert into user_session_users (user_id, changed_at, disabled) values ('alice', ${NOW + 5}, 0), ('bob', ${NOW}, 1)`,
    `insert into user_session_meta values ('schema_version', '${version}'), ('storage_id', 'kept')`,
  ]
}

/** Finds all that {@link oldTables} put in, and works with it. */
export async function findsWhatWasThere(storage: Storage): Promise<void> {
  const key = (byte: number) => new Uint8Array(32).fill(byte)
  const live = {
    id: LIVE,
    userId: 'alice',
    keyHash: key(0xaa),
    sealedKey: new Uint8Array([1, 2]),
    ip: '203.0.113.7',
    userAgent: 'Agent/1.0',
    hints: null,
    createdAt: NOW,
    lastSeenAt: NOW + 1,
    authenticatedAt: NOW,
    expiresAt: NOW + HOUR,
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: 'Laptop',
    data: '{"a":1}',
    knownClients: null,
  }
  assert.deepEqual(await storage.list('alice'), [live])
  assert.deepEqual(await storage.find('alice', key(0xaa)), live)
  const ended = { endedAt: NOW + 5, endReason: 'admin', endedBy: 'ops', id: ENDED, keyHash: key(0xbb) }
  assert.deepEqual(await storage.list('alice', { endedSince: 0 }), [{ ...live, ...ended }])
  assert.equal(await storage.isBlocked('bob'), true)
  assert.equal(await storage.meta('storage_id'), 'kept')
  const stage = new Stage(storage)
  assert.deepEqual(await storage.unsettled(stage.now, 10), [])
  assert.equal(await storage.update('alice', LIVE, { hints: 'h', knownClients: '[]' }), true)
  const one = await storage.end('alice', 'all', { ...stage.how(), unsettled: true })
  assert.deepEqual(
    one.map(({ id, hints, knownClients }) => ({ id, hints, knownClients })),
    [{ id: LIVE, hints: 'h', knownClients: '[]' }],
  )
  assert.equal((await storage.unsettled(stage.now + 1, 10)).length, 1)
}
