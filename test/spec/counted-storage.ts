import type { Clock, Storage } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'

/** A real SQLite database whose statements are counted at the driver. */
export interface CountedStorage {
  readonly storage: Storage
  /** Every statement since the last call. */
  takeStatements(): string[]
}

export async function countedStorage(
  options: { readonly url?: string; readonly clock?: Clock } = {},
): Promise<CountedStorage> {
  const { url = 'sqlite::memory:', clock } = options
  let statements: string[] = []
  const storage = await openStorage(url, {
    migrate: true,
    onStatement: (sql) => void statements.push(sql),
    ...(clock ? { clock } : {}),
  })
  return {
    storage,
    takeStatements() {
      const taken = statements
      statements = []
      return taken
    },
  }
}
