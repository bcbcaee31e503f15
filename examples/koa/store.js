/** koa-session's external store, in memory: for trying out. In production one on a database: docs/koa.md has one for Redis. */
export function memoryStore() {
  const kept = new Map()
  return {
    async get(key) {
      return structuredClone(kept.get(key))
    },
    async set(key, data) {
      kept.set(key, structuredClone(data))
    },
    async destroy(key) {
      kept.delete(key)
    },
  }
}
