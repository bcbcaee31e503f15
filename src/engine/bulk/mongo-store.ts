import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

interface Collection {
  find(filter: object, options: object): { toArray(): Promise<unknown> }
  deleteMany(filter: object, options: object): Promise<unknown>
}

interface MongoStore {
  readonly collectionP: Promise<Collection>
  readonly options: { readonly writeOperationOptions?: unknown }
  /** The key as `transformId` makes it. */
  computeStorageId(key: string): unknown
}

/** connect-mongo 5 and 6: one collection, asked with `$in`. */
export function mongoStore(store: object): BulkStore | undefined {
  if (!isMongoStore(store)) return undefined
  return {
    async existing(keys) {
      const collection = await store.collectionP
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        const ids = chunk.map((key) => store.computeStorageId(key))
        // It hides what has expired from `get`; MongoDB deletes it up to a minute later.
        const isAlive = [{ expires: { $exists: false } }, { expires: { $gt: new Date() } }]
        const rows = await collection.find({ _id: { $in: ids }, $or: isAlive }, { projection: { _id: 1 } }).toArray()
        const held = new Set(rowsOf(rows).map(idOf))
        chunk.forEach((key, index) => {
          if (held.has(String(ids[index]))) found.add(key)
        })
      }
      return found
    },
    async destroy(keys) {
      const collection = await store.collectionP
      const filter = { _id: { $in: keys.map((key) => store.computeStorageId(key)) } }
      await collection.deleteMany(filter, { writeConcern: store.options.writeOperationOptions })
    },
  }
}

function rowsOf(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new TypeError('connect-mongo answered no documents')
  return answer
}

function idOf(row: unknown): string {
  if (typeof row !== 'object' || row === null || !('_id' in row)) {
    throw new TypeError('connect-mongo answered a document without a key')
  }
  return String(row._id)
}

function isMongoStore(store: object): store is MongoStore {
  if (!isPlainly(store, 'computeStorageId', 'setAutoRemove')) return false
  if (!('options' in store) || typeof store.options !== 'object' || store.options === null) return false
  return 'collectionP' in store && store.collectionP instanceof Promise
}
