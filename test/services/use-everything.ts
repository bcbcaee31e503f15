import type { Stage } from '../../src/testing/storage/stage.js'

/** Calls every method of a storage that is hot, and most of the others. */
export async function useEverything(stage: Stage): Promise<void> {
  const { storage } = stage
  const [a, b] = [await stage.signIn('alice'), await stage.signIn('alice')]
  await stage.signIn('alice', {}, stage.cap(2))
  await storage.find('alice', a.keyHash)
  await storage.get('alice', a.id)
  await storage.list('alice')
  await storage.list('alice', { endedSince: 0 })
  await storage.isBlocked('alice')
  await storage.walk?.(10)
  await storage.walk?.(10, a)
  await storage.touch([{ userId: 'alice', id: b.id, lastSeenAt: stage.now, expiresAt: stage.now }])
  await storage.update('alice', b.id, { name: 'x' }, b)
  const how = stage.how('user', { release: true })
  await storage.end('alice', { ids: [b.id] }, how)
  await storage.rekey('alice', b.id, how.endingId, stage.next('new key'))
  await storage.end('alice', { except: [b.id] }, stage.how())
  await storage.end('alice', 'all', stage.how())
  const { cursor } = await storage.changedSince()
  await storage.changedSince(cursor)
  await storage.meta('key', { value: 'x' })
  await storage.countPurgeable(0)
  await storage.purge(0, 10)
  await storage.erase('alice')
}
