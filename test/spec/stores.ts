import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import session, { type Store } from 'express-session'

const require = createRequire(import.meta.url)

/** A store of the app, and what is to be tidied up after it. */
export interface OwnStore {
  readonly store: Store
  dispose(): void
}

type Factory = (library: typeof session) => new (options: object) => Store

/** Stores that people use and that need no server. */
export const STORES: readonly (readonly [string, () => OwnStore])[] = [
  ['MemoryStore', () => ({ store: new session.MemoryStore(), dispose: () => {} })],
  [
    'memorystore',
    () => {
      const factory: Factory = require('memorystore')
      const store = new (factory(session))({ checkPeriod: 86_400_000 })
      return { store, dispose: () => Reflect.apply(Reflect.get(store, 'stopInterval'), store, []) }
    },
  ],
  [
    'session-file-store',
    () => {
      const path = mkdtempSync(join(tmpdir(), 'usersessions-files-'))
      const factory: Factory = require('session-file-store')
      const store = new (factory(session))({ path, retries: 0, reapInterval: -1, logFn: () => {} })
      return { store, dispose: () => rmSync(path, { recursive: true, force: true }) }
    },
  ],
]
