import session from 'express-session'
import type { StoreStand } from './store-contract.js'
import { Traffic } from './traffic.js'

interface Document {
  readonly _id: string
  readonly expires?: Date
  readonly session: string
}

interface Filter {
  readonly _id: { readonly $in: readonly string[] }
  readonly $or?: readonly [{ expires: { $exists: false } }, { expires: { $gt: Date } }]
}

/** What of a collection of the `mongodb` driver is used here. */
class Collection {
  readonly documents = new Map<string, Document>()
  readonly #traffic: Traffic
  isClosed = false

  constructor(traffic: Traffic) {
    this.#traffic = traffic
  }

  find({ _id, $or }: Filter) {
    const after = $or?.[1].expires.$gt
    const found = _id.$in.flatMap((id) => this.documents.get(id) ?? [])
    const alive = found.filter(({ expires }) => !after || !expires || expires > after)
    return this.#traffic.through({ toArray: async () => this.#answer(alive.map(({ _id }) => ({ _id }))) })
  }

  deleteMany({ _id }: Filter) {
    const remove = async () => {
      const answer = this.#answer({ acknowledged: true })
      for (const id of _id.$in) this.documents.delete(id)
      return answer
    }
    return this.#traffic.through({ remove }).remove()
  }

  /** As the driver's, but that it does not wait. */
  findOne(id: string): Document | undefined {
    this.#traffic.begin()
    this.#traffic.done()
    return this.#answer(this.documents.get(id))
  }

  #answer<Answer>(answer: Answer): Answer {
    if (this.isClosed) throw new Error('Client must be connected before running operations')
    return answer
  }
}

/** The methods of connect-mongo 6 that its documentation names, and the fields that they live on. */
export class MongoLike extends session.Store {
  readonly collectionP: Promise<Collection>
  readonly options = { transformId: (key: string) => `app/${key}`, writeOperationOptions: { w: 1 } }
  readonly #collection: Collection

  constructor(collection: Collection) {
    super()
    this.#collection = collection
    this.collectionP = Promise.resolve(collection)
  }

  computeStorageId(key: string): string {
    return this.options.transformId(key)
  }

  setAutoRemove(): void {}

  get(key: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    try {
      const found = this.#collection.findOne(this.computeStorageId(key))
      const isAlive = found && (!found.expires || found.expires > new Date())
      done(null, isAlive ? JSON.parse(found.session) : null)
    } catch (error) {
      done(error)
    }
  }

  set(key: string, data: session.SessionData, done?: (error?: unknown) => void): void {
    const id = this.computeStorageId(key)
    const { expires } = data.cookie
    const session = JSON.stringify(data)
    this.#collection.documents.set(id, { _id: id, session, ...(expires && { expires: new Date(expires) }) })
    done?.()
  }

  destroy(key: string, done?: (error?: unknown) => void): void {
    this.#collection.documents.delete(this.computeStorageId(key))
    done?.()
  }
}

export async function openMongoLike(Store = MongoLike): Promise<StoreStand> {
  const traffic = new Traffic()
  const collection = new Collection(traffic)
  const shut = () => {
    collection.isClosed = true
  }
  return { store: new Store(collection), traffic, shut, [Symbol.asyncDispose]: async () => {} }
}
